// What floats above the scene: handles, guides, the box of a selection, a stroke, words at the pointer.

import { indexAt } from "../math/compare.mjs";
import { layoutGizmo } from "./gizmo.mjs";
import { wordsOf } from "./options.mjs";
import { gizmoPrimitives, guideLines } from "./paintGizmo.mjs";
import { boxPrimitives, pointerLabel, strokePrimitives } from "./sceneMarks.mjs";
import { errorText, requestedFrame } from "./sceneAchieved.mjs";

/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./scene.mjs").Scene} Scene */
/** @typedef {import("./viewState.mjs").ViewState} ViewState */

/**
 * @param {Scene} scene @param {ViewState} view @param {import("./gizmo.mjs").Gizmo | null} gizmo
 * @returns {Primitive[]}
 */
export function overlayPrimitives(scene, view, gizmo) {
  const { projection, theme } = scene;
  const { pulling, box, stroke, hover, pointer } = view;
  const handles = gizmo ? layoutGizmo(gizmo, projection) : [];
  const hot = pulling ? pulling.handle : hover?.kind === "handle" ? hover.id : null;
  const shownHandles = pulling ? handles.filter(({ id }) => id === pulling.handle) : handles;
  return [
    ...(gizmo && pulling ? guideLines(gizmo, pulling.along, projection, theme, pulling.pointer) : []),
    ...(gizmo ? gizmoPrimitives(shownHandles, { gizmo, projection, theme, hot }) : []),
    ...(stroke ? strokePrimitives(stroke, theme) : []),
    ...(box ? boxPrimitives(box.from, box.to, theme) : []),
    ...(pulling ? [pointerLabel(pulling.pointer, pulling.text, projection, theme, theme.selection)] : []),
    ...(!pulling && pointer && hover ? hoverLabel(scene, hover, pointer) : []),
  ];
}

/**
 * What the path says where the pointer is on it.
 * @param {Scene} scene @param {import("./scene.mjs").Hover} hover @param {import("./hit.mjs").Point} pointer
 * @returns {Primitive[]}
 */
function hoverLabel({ document, options, projection, theme, overlay }, hover, pointer) {
  const word = wordsOf(options).frame;
  if (hover.kind === "path") {
    const text = `${word} ${hover.frame} · ${(hover.frame / document.fps).toFixed(2)} s`;
    return [pointerLabel(pointer, text, projection, theme, theme.path)];
  }
  if (hover.kind !== "achieved" || !overlay?.achieved || !overlay.errors) return [];
  const at = requestedFrame({ document }, overlay.achieved, hover.index);
  const index = indexAt(overlay.errors.position, at, document.frames);
  const text = `${word} ${Math.round(at)} · ${errorText(overlay.errors, index, document, options)}`;
  return [pointerLabel(pointer, text, projection, theme, theme.achieved)];
}
