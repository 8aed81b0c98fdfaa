// A camera path in a small window: seen from behind, above and to the right of its first camera, as Python's plots are
// (raxel_core/report/view3d.py). World: OpenCV axes.

import { quatRotate } from "../math/rotation.mjs";
import { add, distance, scale } from "../math/vec.mjs";
import { segmentToScreen, toScreen } from "../view/project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("../view/project.mjs").Projection} Projection */
/** @typedef {import("../view/theme.mjs").Theme} Theme */
/** @typedef {{width: number, height: number}} Size */

const AZIMUTH = (32 * Math.PI) / 180;
const ELEVATION = (27 * Math.PI) / 180;
/** A path shorter than this is a turn on the spot. */
const STILL = 1e-6;
const FRUSTA = 4;
const PADDING = 12;

/** Half the diagonal of the box around points; the middle of the box. @param {Vec3[]} points */
function boxOf(points) {
  const low = /** @type {Vec3} */ ([0, 1, 2].map((axis) => Math.min(...points.map((point) => point[axis]))));
  const high = /** @type {Vec3} */ ([0, 1, 2].map((axis) => Math.max(...points.map((point) => point[axis]))));
  return { middle: scale(add(low, high), 0.5), radius: distance(low, high) / 2, low, high };
}

/** Apex and the four corners of what a camera sees at `depth`. @param {Camera} camera @param {number} depth @param {number} aspect height over width @returns {Vec3[]} */
export function frustumOf(camera, depth, aspect) {
  const half = Math.tan((camera.hfov_deg * Math.PI) / 360) * depth;
  const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([x, y]) => /** @type {Vec3} */ ([x * half, y * half * aspect, depth]));
  return [camera.position, ...corners.map((corner) => add(camera.position, quatRotate(camera.rotation, corner)))];
}

/** Depth of the frusta: a share of how far the path goes. @param {Camera[]} cameras */
export function frustumDepth(cameras) {
  const reach = 2 * boxOf(cameras.map((camera) => camera.position)).radius;
  return reach > STILL ? 0.3 * reach : 1;
}

/** Frames that get a frustum, first and last among them. @param {number} count @returns {number[]} */
export const framesShown = (count) => {
  const shown = Math.min(count, FRUSTA);
  return [...new Set(Array.from({ length: shown }, (_, i) => Math.round((i * (count - 1)) / Math.max(shown - 1, 1))))];
};

/** The view in which the points fill the window. @param {Vec3[]} points @param {Size} size @returns {Projection} */
export function fittedProjection(points, { width, height }) {
  const { middle, radius } = boxOf(points);
  const [sa, ca, se, ce] = [Math.sin(AZIMUTH), Math.cos(AZIMUTH), Math.sin(ELEVATION), Math.cos(ELEVATION)];
  /** @type {Vec3} */ const forward = [-sa * ce, se, ca * ce];
  /** @type {Vec3} */ const right = [ca, 0, sa];
  /** @type {Vec3} */ const down = [sa * se, ce, -ca * se];
  const eye = add(middle, scale(forward, -6.4 * (radius || 1)));
  /** @type {Projection} */
  const raw = { perspective: true, eye, right, down, forward, focal: 1, centerX: 0, centerY: 0, width, height, near: 1e-9 };
  const flat = points.map((point) => toScreen(raw, point) ?? { x: 0, y: 0 });
  const [xs, ys] = [flat.map(({ x }) => x), flat.map(({ y }) => y)];
  const [left, rightmost, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const focal = Math.min((width - 2 * PADDING) / (rightmost - left || 1e-9), (height - 2 * PADDING) / (bottom - top || 1e-9));
  return { ...raw, focal, centerX: width / 2 - ((left + rightmost) / 2) * focal, centerY: height / 2 - ((top + bottom) / 2) * focal };
}

/** @param {CanvasRenderingContext2D} context @param {Projection} projection @param {Vec3[]} points */
function trace(context, projection, points) {
  context.beginPath();
  points.slice(1).forEach((point, index) => {
    const segment = segmentToScreen(projection, points[index], point);
    if (!segment) return;
    context.moveTo(segment[0].x, segment[0].y);
    context.lineTo(segment[1].x, segment[1].y);
  });
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Projection} projection @param {Vec3[]} frustum */
function traceFrustum(context, projection, [apex, ...corners]) {
  trace(context, projection, [...corners, corners[0]]);
  for (const corner of corners) trace(context, projection, [apex, corner]);
}

/** @param {CanvasRenderingContext2D} context @param {Projection} projection @param {Vec3} point @param {number} radius */
function dot(context, projection, point, radius) {
  const at = toScreen(projection, point);
  if (!at) return;
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.fill();
}

/**
 * Draws the path; the camera of the frame that is being shown stands out by colour, weight and a dot.
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {{cameras: Camera[], now: number, aspect: number, size: Size, theme: Theme}} scene `now` is a fraction 0..1 of the path
 */
export function drawPath(context, { cameras, now, aspect, size, theme }) {
  context.fillStyle = theme.background;
  context.fillRect(0, 0, size.width, size.height);
  const depth = frustumDepth(cameras);
  const frusta = framesShown(cameras.length).map((frame) => frustumOf(cameras[frame], depth, aspect));
  const current = cameras[Math.round(now * (cameras.length - 1))];
  const shown = frustumOf(current, depth, aspect);
  const positions = cameras.map((camera) => camera.position);
  // The frustum that moves is left out of the fit, so that the view stands still while it plays.
  const projection = fittedProjection([...positions, ...frusta.flat()], size);
  context.lineJoin = context.lineCap = "round";
  context.strokeStyle = theme.muted;
  context.lineWidth = 0.8;
  for (const frustum of frusta) traceFrustum(context, projection, frustum);
  context.strokeStyle = theme.path;
  context.lineWidth = 2;
  trace(context, projection, positions);
  context.fillStyle = theme.path;
  dot(context, projection, positions[0], 3);
  context.strokeStyle = theme.selection;
  context.lineWidth = 1.6;
  traceFrustum(context, projection, shown);
  context.fillStyle = theme.selection;
  dot(context, projection, current.position, 3.5);
}
