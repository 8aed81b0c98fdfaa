// The path that came out, with stalks from where a camera should have been to where it was, and its largest error in words.

import { formatQuantity } from "../editor/units.mjs";
import { cameraAt } from "../math/path.mjs";
import { lengthText } from "./options.mjs";
import { disc, label, openPath, segments } from "./primitives.mjs";
import { segmentToScreen, toScreen } from "./project.mjs";
import { DOTS, DOUBTFUL_ALPHA, runsOf } from "./runs.mjs";

/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./scene.mjs").Scene} Scene */

/**
 * A number a frame of the path that was asked for: degrees, and subject distances, which are so many scene units.
 * @typedef {{rotation_deg: number[], position: number[], subjectDistance: number}} Errors
 */
/** `doubtful` at each achieved camera. @typedef {{achieved: Camera[] | null, doubtful: boolean[], errors: Errors | null}} Overlay */

/** @param {Scene} scene @returns {Primitive[]} */
export function achievedPrimitives(scene) {
  const { overlay, projection, theme } = scene;
  const achieved = overlay?.achieved;
  if (!overlay || !achieved?.length) return [];
  const points = achieved.map(({ position }) => toScreen(projection, position));
  const every = Math.max(1, Math.ceil(points.length / 40));
  const marks = points.flatMap((point, index) => (point && index % every === 0 && !overlay.doubtful[index] ? [point] : []));
  const runs = runsOf(points, (index) => overlay.doubtful[index] ?? false);
  return [
    stalks(scene, achieved),
    ...runs.map(({ points: run, doubtful }) =>
      openPath(run, { color: theme.casing, width: 4.5, alpha: doubtful ? 0.3 : 0.8 })),
    ...runs.map(({ points: run, doubtful }) =>
      openPath(run, { color: theme.achieved, width: 2, ...(doubtful ? { dash: DOTS, alpha: DOUBTFUL_ALPHA } : { dash: [7, 4] }) })),
    ...marks.map((point) => disc(point, 1.8, { fill: theme.achieved })),
    ...worstFrame(scene, achieved),
  ];
}

/**
 * The frame of the document that a frame of the achieved path is compared with.
 * @param {Pick<Scene, "document">} scene @param {Camera[]} achieved @param {number} index
 */
export const requestedFrame = ({ document }, achieved, index) =>
  achieved.length > 1 ? (index * (document.frames - 1)) / (achieved.length - 1) : 0;

/** @param {Scene} scene @param {Camera[]} achieved @returns {Primitive} */
function stalks(scene, achieved) {
  const every = Math.max(1, Math.ceil(achieved.length / 120));
  const flat = achieved.flatMap(({ position }, index) => {
    if (index % every) return [];
    const wanted = cameraAt(scene.document, requestedFrame(scene, achieved, index)).position;
    const cut = segmentToScreen(scene.projection, wanted, position);
    return cut ? [cut[0].x, cut[0].y, cut[1].x, cut[1].y] : [];
  });
  return segments(flat, { color: scene.theme.achieved, width: 1, alpha: 0.6 });
}

/**
 * The largest error, told in words where it happens.
 * @param {Scene} scene @param {Camera[]} achieved @returns {Primitive[]}
 */
function worstFrame({ overlay, projection, theme, document, options }, achieved) {
  const position = overlay?.errors?.position;
  if (!overlay?.errors || !position?.length) return [];
  const worst = position.indexOf(Math.max(...position));
  const index = Math.round((worst * (achieved.length - 1)) / Math.max(1, position.length - 1));
  const point = toScreen(projection, achieved[index].position);
  if (!point) return [];
  const text = errorText(overlay.errors, worst, document, options);
  const plate = { fill: theme.panel, border: theme.achieved };
  return [
    disc(point, 5, { color: theme.achieved, width: 2, casing: theme.casing }),
    label({ x: point.x + 14, y: point.y - 14 }, text, theme.foreground, { align: "left", plate }),
  ];
}

/**
 * "0.06 u · 1.2°".
 * @param {Errors} errors @param {number} index @param {PathDocument} document
 * @param {import("./options.mjs").ViewOptions} options
 */
export function errorText(errors, index, document, options) {
  const length = lengthText(errors.position[index] * errors.subjectDistance, document, options);
  return `${length} · ${formatQuantity(errors.rotation_deg[index] ?? 0, "deg")}`;
}
