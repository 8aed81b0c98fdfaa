// The 3D view: puts the canvas, the gestures and the store together. What is drawn is scene.mjs, what a press means
// interaction.mjs.

import { START_VIEW, between, fit, freeRoom, standardView } from "./camera.mjs";
import { paint } from "./draw.mjs";
import { createGestures } from "./gestures.mjs";
import { layoutGizmo } from "./gizmo.mjs";
import { createInteraction } from "./interaction.mjs";
import { createLayer } from "./layer.mjs";
import { wordsOf } from "./options.mjs";
import { gizmoPrimitives, guideLines } from "./paintGizmo.mjs";
import { pictureKeeper } from "./picture.mjs";
import { backdropPrimitives, backdropValues, pointsToSee, scenePrimitives } from "./scene.mjs";
import { aspectOf } from "./sceneCameras.mjs";
import { boxPrimitives, pointerLabel, strokePrimitives } from "./sceneMarks.mjs";
import { canDrawOn } from "./stroke.mjs";
import { createSurface } from "./surface.mjs";
import { themeReader } from "./theme.mjs";
import { gizmoOf, pathPoints, sceneOf, startState } from "./viewState.mjs";

/** @typedef {import("../editor/store.mjs").Store} Store */
/** @typedef {import("../editor/reduce.mjs").EditorState} EditorState */
/** @typedef {import("./camera.mjs").Size} Size */
/** @typedef {import("./camera.mjs").ViewCamera} ViewCamera */
/** @typedef {import("./drag.mjs").Constraint} Constraint */
/** @typedef {import("./options.mjs").ViewOptions} ViewOptions */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./scene.mjs").Scene} Scene */
/** @typedef {import("./scenePath.mjs").Overlay} Overlay */
/** @typedef {import("./viewState.mjs").ViewState} ViewState */
/** @typedef {"top" | "front" | "side" | "camera" | "perspective"} ViewName */

/**
 * What the parts of one view share.
 * @typedef {object} Parts
 * @property {Store} store
 * @property {() => ViewOptions} options
 * @property {() => ViewState} view
 * @property {(patch: Partial<ViewState>) => void} update draws where something changes
 * @property {() => Scene} scene
 * @property {() => import("./gizmo.mjs").Gizmo | null} gizmo
 * @property {() => Size} size
 * @property {(name: ViewName) => void} setView
 * @property {() => void} stopMotion
 */

/**
 * @typedef {object} SceneView
 * @property {(name: ViewName) => void} setView
 * @property {() => void} fit
 * @property {() => void} requestDraw
 * @property {(image: import("./picture.mjs").Image | null) => void} setImage
 * @property {(overlay: Overlay | null) => void} setOverlay
 * @property {(space: "world" | "camera") => void} setSpace
 * @property {(constraint: Constraint) => void} setConstraint of free moves
 * @property {() => void} dispose
 */

const MOTION_MS = 220;

/**
 * @param {{canvas: HTMLCanvasElement, store: Store, options: () => ViewOptions, onView?: (name: ViewName | null) => void}} wiring
 * onView is told the standard view that is shown, null for any other
 * @returns {SceneView}
 */
export function createSceneView({ canvas, store, options, onView }) {
  let view = startState(START_VIEW);
  /** @type {{from: ViewCamera, to: ViewCamera, start: number} | null} */
  let motion = null;
  const pictures = pictureKeeper();
  const backdrop = createLayer();
  /** @type {Overlay | null} */
  let overlay = null;
  let isFitted = false;
  /** The person has turned or chosen the view: it is theirs, and is not fitted unasked. */
  let isTheirs = false;
  /** @type {ViewName | null | undefined} what onView was told last */
  let shownView;
  const readTheme = themeReader(canvas);
  prepare(canvas);

  const surface = createSurface(canvas, draw);
  const { requestDraw, size } = surface;

  const picture = () => pictures.get(aspectOf(store.get().document));
  const scene = () =>
    sceneOf(view, store.get(), size(), { theme: options().theme ?? readTheme(), options: options(), overlay, hasPicture: picture() !== null });

  /** @param {Partial<ViewState>} patch */
  function update(patch) {
    const next = { ...view, ...patch };
    if (isSame(view, next)) return;
    isTheirs ||= patch.camera !== undefined;
    if (patch.camera || patch.through !== undefined) tellView(next.through ? "camera" : null);
    view = next;
    canvas.style.cursor = cursorOf(view, store.get());
    requestDraw();
  }

  /** @param {ViewName} name */
  function setView(name) {
    isTheirs = true;
    if (name === "camera") update({ through: true });
    else moveTo(standardView(view.camera, name));
    tellView(name);
  }

  /** @param {ViewName | null} name */
  function tellView(name) {
    if (name !== shownView) onView?.(name);
    shownView = name;
  }

  /** @param {ViewCamera} camera */
  function moveTo(camera) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || view.through;
    motion = still ? null : { from: view.camera, to: camera, start: performance.now() };
    view = { ...view, through: false, camera: still ? camera : view.camera };
    requestDraw();
  }

  function fitNow() {
    const { document } = store.get();
    const inner = size();
    const room = freeRoom(inner, options().covered?.() ?? []);
    const margin = Math.min(56, 0.11 * Math.min(room.width, room.height));
    const points = pointsToSee(document, pathPoints(document), overlay, picture() !== null);
    return fit(motion?.to ?? view.camera, points, inner, margin, room);
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./surface.mjs").Frame} frame @returns {boolean} whether the view still moves */
  function draw(context, frame) {
    if (!isFitted) {
      isFitted = true;
      view = { ...view, camera: fitNow() };
    }
    if (motion) advance(frame.now);
    const shown = scene();
    const surroundings = { font: shown.theme.font, picture: picture(), frame };
    backdrop.draw(context, frame, [...backdropValues(shown), surroundings.picture], (layer) => {
      layer.fillStyle = shown.theme.background;
      layer.fillRect(0, 0, frame.size.width, frame.size.height);
      paint(layer, backdropPrimitives(shown), surroundings);
    });
    paint(context, [...scenePrimitives(shown), ...overlays(shown, view, gizmo())], surroundings);
    return motion !== null;
  }

  /** @param {number} now */
  function advance(now) {
    if (!motion) return;
    const t = Math.min(1, Math.max(0, (now - motion.start) / MOTION_MS));
    view = { ...view, camera: between(motion.from, motion.to, 1 - (1 - t) ** 3) };
    if (t === 1) motion = null;
  }

  const gizmo = () => gizmoOf(view, store.get(), options());
  const parts = { store, options, update, scene, gizmo, size, setView, view: () => view, stopMotion: () => void (motion = null) };
  const gestures = createGestures(canvas, createInteraction(parts), options);

  const unsubscribe = store.subscribe((state, previous) => {
    if (state.selection.length && state.selection !== previous.selection) view = { ...view, subjectActive: false };
    if (state.tool !== previous.tool) showTool(state);
    requestDraw();
  });

  /** Turns the view to where one can draw. @param {EditorState} state */
  function showTool({ tool }) {
    canvas.style.cursor = cursorOf(view, store.get());
    if (tool !== "select" && !canDrawOn(tool, scene().projection)) setView(tool === "draw_ground" ? "top" : "side");
  }

  return {
    setView,
    fit: () => moveTo(fitNow()),
    requestDraw,
    setImage(next) {
      pictures.setImage(next);
      isFitted = isTheirs;
      requestDraw();
    },
    setOverlay(next) {
      overlay = next;
      requestDraw();
    },
    setSpace: (space) => update({ space }),
    setConstraint: (constraint) => update({ constraint }),
    dispose() {
      gestures.dispose();
      unsubscribe();
      surface.dispose();
    },
  };
}

/** @param {HTMLCanvasElement} canvas */
function prepare(canvas) {
  canvas.tabIndex = 0;
  Object.assign(canvas.style, { display: "block", touchAction: "none", outline: "none", userSelect: "none" });
  canvas.dataset.captureWheel = "true"; // ComfyUI's own sign that the wheel is not for the graph
}

/** @param {ViewState} a @param {ViewState} b */
const isSame = (a, b) =>
  /** @type {(keyof ViewState)[]} */ (Object.keys(b)).every((name) =>
    a[name] === b[name] || (name === "hover" && JSON.stringify(a[name]) === JSON.stringify(b[name])) ||
    (name === "pointer" && b.hover?.kind !== "path" && a.hover?.kind !== "path"));

/** @param {ViewState} view @param {EditorState} editor */
function cursorOf({ hover, pulling }, { tool }) {
  if (pulling) return "grabbing";
  if (hover?.kind === "compass" || hover?.kind === "path") return "pointer";
  if (tool !== "select") return "crosshair";
  return hover ? "grab" : "default";
}

/** Handles and what floats above the scene. @param {Scene} scene @param {ViewState} view @param {import("./gizmo.mjs").Gizmo | null} gizmo @returns {Primitive[]} */
function overlays(scene, view, gizmo) {
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
    ...(!pulling && pointer && hover?.kind === "path" ? [frameLabel(scene, hover.frame, pointer)] : []),
  ];
}

/** @param {Scene} scene @param {number} frame @param {import("./hit.mjs").Point} pointer */
function frameLabel({ document, options, projection, theme }, frame, pointer) {
  const text = `${wordsOf(options).frame} ${frame} · ${(frame / document.fps).toFixed(2)} s`;
  return pointerLabel(pointer, text, projection, theme, theme.path);
}
