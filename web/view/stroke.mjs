// A path drawn by hand: the pointer's pixels on a plane through the first camera, and the keys that math/stroke.mjs
// makes of them.

import { fitStroke } from "../math/stroke.mjs";
import { samplePath } from "../math/path.mjs";
import { cosineBetween, quatRotate } from "../math/rotation.mjs";
import { distance, dot, subtract } from "../math/vec.mjs";
import { subjectDistance } from "./options.mjs";
import { pixelsPerUnit, rayOnPlane, rayThrough, toScreen } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("../editor/document.mjs").Key} Key */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./grid.mjs").GridPlane} GridPlane */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {"draw_ground" | "draw_side"} DrawTool */

/** A drawn point farther away than this many subject distances is near the horizon, not meant. */
const FARTHEST = 30;
/** How far the keys may leave the drawn line. */
const TOLERANCE_PX = 4;
/** A stroke that begins this near to the first camera begins at it. */
const START_PX = 26;
/** A plane seen flatter than this cosine cannot be drawn on. */
const FLATTEST = 0.22;
/** A first camera that looks at the subject this straight is taken to mean it: about two degrees. */
const AT_SUBJECT = 0.9994;

/**
 * Level with the first camera, or upright through it along the view.
 * @param {DrawTool} tool @param {PathDocument} document @returns {GridPlane}
 */
export function drawPlane(tool, document) {
  const { position } = document.keys[0];
  return tool === "draw_ground" ? { first: 0, second: 2, level: position[1] } : { first: 2, second: 1, level: position[0] };
}

/** @param {DrawTool} tool @returns {Vec3} */
const normalOf = (tool) => (tool === "draw_ground" ? [0, 1, 0] : [1, 0, 0]);

/** Whether the plane is seen well enough to draw on it. @param {DrawTool} tool @param {Projection} projection */
export const canDrawOn = (tool, projection) => Math.abs(dot(normalOf(tool), projection.forward)) >= FLATTEST;

/**
 * The point of the plane under a pixel; null beyond reach.
 * @param {DrawTool} tool @param {PathDocument} document @param {Projection} projection @param {Point} pixel
 * @returns {Vec3 | null}
 */
export function pointOnDrawPlane(tool, document, projection, { x, y }) {
  const start = document.keys[0].position;
  const point = rayOnPlane(rayThrough(projection, x, y), start, normalOf(tool));
  return point && distance(point, start) <= FARTHEST * subjectDistance(document) ? point : null;
}

/**
 * The keys of a stroke, over all frames; fewer than two where it is too short.
 * @param {DrawTool} tool @param {PathDocument} document @param {Projection} projection @param {Point[]} pixels @returns {Key[]}
 */
export function strokeKeys(tool, document, projection, pixels) {
  const points = pixels
    .map((pixel) => pointOnDrawPlane(tool, document, projection, pixel))
    .filter((point) => point !== null);
  if (points.length < 2 || document.frames < 2) return [];
  const [first] = samplePath(document);
  const start = toScreen(projection, first.position);
  if (start && Math.hypot(start.x - pixels[0].x, start.y - pixels[0].y) < START_PX) points[0] = first.position;
  const tolerance = TOLERANCE_PX / pixelsPerUnit(projection, points[points.length >> 1]);
  const view = subtract(document.subject, first.position);
  const looks = distance(document.subject, first.position) > 0 &&
    cosineBetween(view, quatRotate(first.rotation, [0, 0, 1])) > AT_SUBJECT;
  const face = looks || document.aim === "subject" ? document.subject : "keep";
  return fitStroke(points, { frames: [0, document.frames - 1], tolerance, camera: first, face });
}
