// The handles of what is selected, laid out in pixels: they keep their size at any zoom. drag.mjs says what pulling
// one of them means, paintGizmo.mjs how it looks.

import { matrixFromQuat } from "../math/rotation.mjs";
import { add, cross, dot, scale, subtract } from "../math/vec.mjs";
import { pixelsPerUnit, toScreen } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./hit.mjs").Shape} Shape */
/** @typedef {import("./hit.mjs").Point} Point */

/** Right, up and forward; unit, in the world. @typedef {[Vec3, Vec3, Vec3]} Axes */

/**
 * What the handles act on. One key has an aim and a roll (`forward` and `up` of its camera), several have turns about
 * three axes and a scale. `grow`: how much larger than for a mouse.
 * @typedef {{of: "key" | "keys" | "subject", origin: Vec3, axes: Axes,
 *   forward: Vec3 | null, up: Vec3 | null, aim: Vec3 | null, grow: number}} Gizmo
 */

/**
 * `index` is that of the axis, or of the plane's normal, in the gizmo's axes; `vector` is that axis or normal itself.
 * @typedef {{id: string, kind: "axis" | "plane" | "free" | "aim" | "roll" | "turn" | "scale",
 *   index: number, vector: Vec3, shape: Shape, tier: number, visible: number}} Handle
 */

/** @type {Axes} */
export const WORLD_AXES = [[1, 0, 0], [0, -1, 0], [0, 0, 1]];
const AXIS_LETTERS = ["x", "y", "z"];

/** Pixels, at a canvas of 420 pixels or more. */
export const SIZES = { arrow: 74, arrowStart: 15, plane: [24, 50], ring: 94, scale: 118, dot: 8, knob: 5 };
const FULL_SIZE_AT = 420;
const SMALLEST = 0.72;
const RING_STEPS = 64;
/** An arrow whose direction makes this sine with the view, or a plane or ring this cosine, is too foreshortened. */
const TOO_FLAT = 0.13;

/** @param {Camera} camera @returns {Axes} */
export function cameraAxes(camera) {
  const m = matrixFromQuat(camera.rotation);
  return [[m[0], m[3], m[6]], [-m[1], -m[4], -m[7]], [m[2], m[5], m[8]]];
}

/** Handles are taken with a finger more easily when they are this much larger. */
export const GROW_FOR_TOUCH = 1.3;

/** How large handles are on a canvas. @param {Projection} projection @param {Gizmo} gizmo */
export const gizmoScale = ({ width, height }, { grow }) =>
  grow * Math.min(1, Math.max(SMALLEST, Math.min(width, height) / FULL_SIZE_AT));

/** From the eye to a point, unit. @param {Projection} projection @param {Vec3} point @returns {Vec3} */
export function viewDirection(projection, point) {
  if (!projection.perspective) return projection.forward;
  const offset = subtract(point, projection.eye);
  return scale(offset, 1 / Math.sqrt(dot(offset, offset)));
}

/**
 * All handles that can be seen, those drawn above last.
 * @param {Gizmo} gizmo @param {Projection} projection @returns {Handle[]}
 */
export function layoutGizmo(gizmo, projection) {
  const center = toScreen(projection, gizmo.origin);
  if (!center) return [];
  const frame = { gizmo, projection, center, size: gizmoScale(projection, gizmo) };
  const turns = gizmo.of === "keys" ? [0, 1, 2].flatMap((index) => turnHandle(frame, index)) : [];
  const scaling = gizmo.of === "keys" ? [scaleHandle(frame)] : [];
  return [
    ...turns,
    ...rollHandle(frame),
    ...[0, 1, 2].flatMap((index) => planeHandle(frame, index)),
    ...[0, 1, 2].flatMap((index) => axisHandle(frame, index)),
    ...scaling,
    ...aimHandle(frame),
    freeHandle(frame),
  ];
}

/** @typedef {{gizmo: Gizmo, projection: Projection, center: Point, size: number}} Frame */

/**
 * The point some pixels from the origin along a world direction.
 * @param {Frame} frame @param {Vec3} direction @param {number} pixels @returns {Point | null}
 */
function alongPixels({ gizmo, projection, size }, direction, pixels) {
  const reach = (pixels * size) / pixelsPerUnit(projection, gizmo.origin);
  return toScreen(projection, add(gizmo.origin, scale(direction, reach)));
}

/** 0 where a thing is too foreshortened to take hold of, 1 from twice that on. @param {number} share */
const visibility = (share) => Math.min(1, Math.max(0, share / TOO_FLAT - 1));

/** @param {Frame} frame @param {number} index @returns {Handle[]} */
function axisHandle(frame, index) {
  const vector = frame.gizmo.axes[index];
  const along = dot(vector, viewDirection(frame.projection, frame.gizmo.origin));
  const visible = visibility(Math.sqrt(Math.max(0, 1 - along * along)));
  const [start, end] = [alongPixels(frame, vector, SIZES.arrowStart), alongPixels(frame, vector, SIZES.arrow)];
  if (!visible || !start || !end) return [];
  /** @type {Shape} */
  const shape = { kind: "line", points: [start, end], halfWidth: 2 };
  return [{ id: `axis:${AXIS_LETTERS[index]}`, kind: "axis", index, vector, shape, tier: 1, visible }];
}

/** @param {Frame} frame @param {number} index of the normal @returns {Handle[]} */
function planeHandle(frame, index) {
  const { gizmo, projection } = frame;
  const vector = gizmo.axes[index];
  const visible = visibility(Math.abs(dot(vector, viewDirection(projection, gizmo.origin))) / 1.5);
  const [a, b] = [gizmo.axes[(index + 1) % 3], gizmo.axes[(index + 2) % 3]];
  const [near, far] = SIZES.plane;
  const points = [[near, near], [far, near], [far, far], [near, far]].flatMap(([s, t]) => {
    const reach = Math.hypot(s, t);
    return alongPixels(frame, add(scale(a, s / reach), scale(b, t / reach)), reach) ?? [];
  });
  if (!visible || points.length < 4) return [];
  const id = `plane:${AXIS_LETTERS[(index + 1) % 3]}${AXIS_LETTERS[(index + 2) % 3]}`;
  return [{ id, kind: "plane", index, vector, shape: { kind: "polygon", points }, tier: 2, visible }];
}

/** @param {Frame} frame @returns {Handle} */
function freeHandle({ projection, center, size }) {
  const shape = /** @type {const} */ ({ kind: "disc", x: center.x, y: center.y, radius: 11 * size });
  return { id: "free", kind: "free", index: -1, vector: projection.forward, shape, tier: 0, visible: 1 };
}

/** @param {Frame} frame @returns {Handle[]} */
function aimHandle({ gizmo, projection, size }) {
  const point = gizmo.aim && toScreen(projection, gizmo.aim);
  if (!point) return [];
  const shape = /** @type {const} */ ({ kind: "disc", x: point.x, y: point.y, radius: SIZES.dot * size });
  return [{ id: "aim", kind: "aim", index: -1, vector: projection.forward, shape, tier: 0, visible: 1 }];
}

/**
 * The ring, and of one seen from its side, which would look like the tangent of a curve, only its knob.
 * @param {Frame} frame @returns {Handle[]}
 */
function rollHandle(frame) {
  const { gizmo, projection, size } = frame;
  const vector = gizmo.forward;
  if (!vector) return [];
  const visible = visibility(Math.abs(dot(vector, viewDirection(projection, gizmo.origin))));
  const points = ringPoints(frame, vector, false);
  const knob = gizmo.up && alongPixels(frame, gizmo.up, SIZES.ring);
  /** @type {Shape | null} */
  const ring = visible && points.length > 2 ? { kind: "line", points, halfWidth: 2 } : null;
  /** @type {Shape | null} */
  const shape = ring ?? (knob && { kind: "disc", x: knob.x, y: knob.y, radius: SIZES.knob * size });
  return shape ? [{ id: "roll", kind: "roll", index: -1, vector, shape, tier: 2, visible }] : [];
}

/** @param {Frame} frame @param {number} index @returns {Handle[]} */
function turnHandle(frame, index) {
  const vector = frame.gizmo.axes[index];
  const facing = Math.abs(dot(vector, viewDirection(frame.projection, frame.gizmo.origin)));
  const visible = visibility(facing * 2);
  const points = ringPoints(frame, vector, facing < 0.98);
  if (!visible || points.length < 3) return [];
  const shape = /** @type {const} */ ({ kind: "line", points, halfWidth: 2 });
  return [{ id: `turn:${AXIS_LETTERS[index]}`, kind: "turn", index, vector, shape, tier: 2, visible }];
}

/** Up and to the right on the screen, outside the rings. @param {Frame} frame @returns {Handle} */
function scaleHandle({ projection, center, size }) {
  const offset = SIZES.scale * size * Math.SQRT1_2;
  const shape = /** @type {const} */ ({ kind: "disc", x: center.x + offset, y: center.y - offset, radius: 7 * size });
  return { id: "scale", kind: "scale", index: -1, vector: projection.forward, shape, tier: 0, visible: 1 };
}

/**
 * The circle about an axis; of several only the nearer halves, which read as a ball.
 * @param {Frame} frame @param {Vec3} axis @param {boolean} nearHalf @returns {Point[]}
 */
function ringPoints(frame, axis, nearHalf) {
  const view = viewDirection(frame.projection, frame.gizmo.origin);
  const [a, b] = ringBasis(axis, view);
  const sweep = nearHalf ? Math.PI : 2 * Math.PI;
  const points = [];
  for (let step = 0; step <= RING_STEPS; step++) {
    const angle = (step / RING_STEPS) * sweep;
    points.push(alongPixels(frame, add(scale(a, Math.cos(angle)), scale(b, Math.sin(angle))), SIZES.ring));
  }
  return points.flatMap((point) => point ?? []);
}

/**
 * Two unit vectors across the axis: the second leans towards the viewer as far as it can.
 * @param {Vec3} axis unit @param {Vec3} view unit @returns {[Vec3, Vec3]}
 */
function ringBasis(axis, view) {
  let side = cross(axis, view);
  if (dot(side, side) < 1e-6) side = cross(axis, Math.abs(axis[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]);
  side = scale(side, 1 / Math.sqrt(dot(side, side)));
  const towards = cross(axis, side);
  return [side, dot(towards, view) > 0 ? scale(towards, -1) : towards];
}
