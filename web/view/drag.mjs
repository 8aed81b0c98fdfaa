// What pulling a handle means, as pure geometry: from the pixel where the pointer went down and the one where it is now
// to a move, a turn, a scale or a point to look at. Always the total since the start, so that nothing adds up.

import { add, cross, distance, dot, normalize, scale, subtract } from "../math/vec.mjs";
import { viewDirection } from "./gizmo.mjs";
import { nearestOnAxis, pixelsPerUnit, rayOnPlane, rayThrough, toScreen } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./gizmo.mjs").Gizmo} Gizmo */
/** @typedef {import("./gizmo.mjs").Handle} Handle */
/** @typedef {import("./gizmo.mjs").Axes} Axes */

/**
 * Steps to snap to: scene units, degrees, factor. null is no snapping.
 * @typedef {{position: number, degrees: number, scale: number} | null} Snap
 */
/**
 * "x" is right, "y" up, "z" forward; two letters are a plane.
 * @typedef {"x" | "y" | "z" | "xy" | "yz" | "xz" | null} Constraint
 */

/**
 * @typedef {{kind: "move", translation: Vec3, along: number[]}
 *   | {kind: "turn", axis: Vec3, degrees: number} | {kind: "roll", degrees: number}
 *   | {kind: "aim", point: Vec3} | {kind: "scale", factor: number}} Change
 *   `along`: indexes of the axes moved along, all three when free
 */

/**
 * @typedef {{handle: Handle, gizmo: Gizmo, projection: Projection, from: Point}} Grip where and what the pointer took
 */

/** A ring that is seen this nearly from its side is pulled along instead of turned around. */
const EDGE_ON = 0.25;
/** Nothing moves farther than this many canvas diagonals at one pull: near the horizon rays meet planes at infinity. */
const FARTHEST = 25;
const SMALLEST_SCALE = 0.01;

/** @param {number} value @param {number} step */
export const snapTo = (value, step) => (step > 0 ? Math.round(value / step) * step : value);

/**
 * @param {Grip} grip @param {Point} to @param {Snap} snap @param {Constraint} constraint of free moves
 * @param {number} lastDegrees of the previous call, so that turns go on past 180 @returns {Change}
 */
export function pull(grip, to, snap, constraint, lastDegrees) {
  const { handle, gizmo } = grip;
  if (handle.kind === "scale") return { kind: "scale", factor: scaleFactor(grip, to, snap) };
  if (handle.kind === "aim") return { kind: "aim", point: aimPoint(grip, to, snap) };
  if (handle.kind === "roll" || handle.kind === "turn") {
    const degrees = turnDegrees(grip, to, snap, lastDegrees);
    return handle.kind === "roll" ? { kind: "roll", degrees } : { kind: "turn", axis: handle.vector, degrees };
  }
  const along = movedAxes(handle, constraint);
  const translation = slide(grip, to, along);
  return { kind: "move", along, translation: snap ? snapMove(translation, gizmo, along, snap.position) : translation };
}

/**
 * Indexes of the axes that a handle moves along.
 * @param {Handle} handle @param {Constraint} constraint @returns {number[]}
 */
export function movedAxes(handle, constraint) {
  if (handle.kind === "axis") return [handle.index];
  if (handle.kind === "plane") return [0, 1, 2].filter((index) => index !== handle.index);
  return constraint ? [...constraint].map((letter) => "xyz".indexOf(letter)) : [0, 1, 2];
}

/** @param {Grip} grip @param {Point} to @param {number[]} along @returns {Vec3} */
function slide(grip, to, along) {
  const { gizmo, projection } = grip;
  if (along.length === 1) return slideOnAxis(grip, to, gizmo.axes[along[0]]);
  const flat = along.length === 2 ? gizmo.axes[3 - along[0] - along[1]] : projection.forward;
  return slideOnPlane(grip, to, flat);
}

/** @param {Grip} grip @param {Point} to @param {Vec3} axis unit @returns {Vec3} */
function slideOnAxis({ gizmo, projection, from }, to, axis) {
  const start = nearestOnAxis(rayThrough(projection, from.x, from.y), gizmo.origin, axis);
  const end = nearestOnAxis(rayThrough(projection, to.x, to.y), gizmo.origin, axis);
  if (start === null || end === null) return [0, 0, 0];
  const farthest = reachOfCanvas(projection, gizmo.origin);
  return scale(axis, Math.min(farthest, Math.max(-farthest, end - start)));
}

/** @param {Grip} grip @param {Point} to @param {Vec3} normal unit @returns {Vec3} */
function slideOnPlane({ gizmo, projection, from }, to, normal) {
  const start = rayOnPlane(rayThrough(projection, from.x, from.y), gizmo.origin, normal);
  const end = rayOnPlane(rayThrough(projection, to.x, to.y), gizmo.origin, normal);
  if (!start || !end) return [0, 0, 0];
  const move = subtract(end, start);
  const length = Math.sqrt(dot(move, move));
  const farthest = reachOfCanvas(projection, gizmo.origin);
  return length > farthest ? scale(move, farthest / length) : move;
}

/** @param {Projection} projection @param {Vec3} point @returns {number} scene units */
const reachOfCanvas = (projection, point) =>
  (FARTHEST * Math.hypot(projection.width, projection.height)) / pixelsPerUnit(projection, point);

/**
 * So that the coordinates along the moved axes become multiples of the step.
 * @param {Vec3} translation @param {Gizmo} gizmo @param {number[]} along @param {number} step @returns {Vec3}
 */
export function snapMove(translation, { origin, axes }, along, step) {
  return along.reduce((/** @type {Vec3} */ sum, index) => {
    const start = dot(origin, axes[index]);
    const snapped = snapTo(start + dot(translation, axes[index]), step) - start;
    return add(sum, scale(axes[index], snapped));
  }, [0, 0, 0]);
}

/**
 * @param {Grip} grip @param {Point} to @param {Snap} snap @param {number} last
 * @returns {number} degrees about the handle's vector, right-handed
 */
function turnDegrees(grip, to, snap, last) {
  const degrees = (turnAngle(grip, to) * 180) / Math.PI;
  const unwrapped = degrees + 360 * Math.round((last - degrees) / 360);
  return snap ? snapTo(unwrapped, snap.degrees) : unwrapped;
}

/** @param {Grip} grip @param {Point} to @returns {number} radians */
function turnAngle({ handle, gizmo, projection, from }, to) {
  const view = viewDirection(projection, gizmo.origin);
  if (Math.abs(dot(view, handle.vector)) < EDGE_ON) return edgeOnAngle(handle.vector, gizmo.origin, projection, from, to);
  const start = rayOnPlane(rayThrough(projection, from.x, from.y), gizmo.origin, handle.vector);
  const end = rayOnPlane(rayThrough(projection, to.x, to.y), gizmo.origin, handle.vector);
  if (!start || !end) return 0;
  const [a, b] = [subtract(start, gizmo.origin), subtract(end, gizmo.origin)];
  return Math.atan2(dot(handle.vector, cross(a, b)), dot(a, b));
}

/**
 * The ring's front moves with the pointer, as a wheel does under a finger.
 * @param {Vec3} axis @param {Vec3} origin @param {Projection} projection @param {Point} from @param {Point} to
 */
function edgeOnAngle(axis, origin, projection, from, to) {
  const towardsViewer = scale(viewDirection(projection, origin), -1);
  const tangent = cross(axis, towardsViewer);
  const [x, y] = [dot(tangent, projection.right), dot(tangent, projection.down)];
  const pixels = ((to.x - from.x) * x + (to.y - from.y) * y) / (Math.hypot(x, y) || 1);
  const center = toScreen(projection, origin) ?? from;
  return pixels / Math.max(30, Math.hypot(from.x - center.x, from.y - center.y));
}

/** @param {Grip} grip @param {Point} to @param {Snap} snap */
function scaleFactor({ gizmo, projection, from }, to, snap) {
  const center = toScreen(projection, gizmo.origin);
  if (!center) return 1;
  const start = Math.hypot(from.x - center.x, from.y - center.y) || 1;
  const factor = Math.hypot(to.x - center.x, to.y - center.y) / start;
  return Math.max(SMALLEST_SCALE, snap ? snapTo(factor, snap.scale) : factor);
}

/** @param {Grip} grip @param {Point} to @param {Snap} snap @returns {Vec3} */
function aimPoint(grip, to, snap) {
  const { gizmo } = grip;
  const start = gizmo.aim ?? gizmo.origin;
  const moved = add(start, slideOnPlane({ ...grip, gizmo: { ...gizmo, origin: start } }, to, grip.projection.forward));
  return snap ? snapAim(gizmo.origin, moved, snap.degrees) : moved;
}

/**
 * Turns the view from `eye` to `point` to whole steps of heading and height.
 * @param {Vec3} eye @param {Vec3} point @param {number} degrees @returns {Vec3}
 */
export function snapAim(eye, point, degrees) {
  const reach = distance(eye, point);
  if (reach === 0) return point;
  const [x, y, z] = normalize(subtract(point, eye));
  const step = (degrees * Math.PI) / 180;
  const heading = snapTo(Math.atan2(x, z), step);
  const below = snapTo(Math.asin(Math.min(1, Math.max(-1, y))), step);
  const level = Math.cos(below);
  return add(eye, scale([Math.sin(heading) * level, Math.sin(below), Math.cos(heading) * level], reach));
}
