// Rotations as unit quaternions wxyz, active and right-handed; mirrors raxel_core/geometry/rotation.py.
// A camera's rotation is camera-to-world with OpenCV axes: x right, y down, z forward. Angles are radians, or degrees
// where a name says so. Turning signs: +y pans right, +x tilts up, +z rolls clockwise as the operator sees it.

import { cross, dot, length, normalize, scale, subtract } from "./vec.mjs";

/** @typedef {import("./vec.mjs").Vec3} Vec3 */
/** @typedef {[number, number, number, number]} Quat w, x, y, z */

/** World direction that a picture's y axis leans to. @type {Vec3} */
const DOWN = [0, 1, 0];

/** Instead of DOWN for a view along it. @type {Vec3} */
const DOWN_OF_PLUMB_VIEW = [0, 0, 1];

/** Below this a length or a sine counts as none. */
const TINY = 1e-9;

/** a then seen through b: the rotation x -> a(b(x)). @param {Quat} a @param {Quat} b @returns {Quat} */
export function quatMultiply(a, b) {
  return [
    a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
    a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
    a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
    a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
  ];
}

/** The inverse rotation. @param {Quat} q @returns {Quat} */
export const quatConjugate = (q) => [q[0], -q[1], -q[2], -q[3]];

/** @param {Quat} q any but zero @returns {Quat} */
export function quatNormalize(q) {
  const factor = 1 / Math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  return [q[0] * factor, q[1] * factor, q[2] * factor, q[3] * factor];
}

/** The vector v turned by q. @param {Quat} q @param {Vec3} v @returns {Vec3} */
export function quatRotate(q, v) {
  const [w, x, y, z] = q;
  const tx = 2 * (y * v[2] - z * v[1]);
  const ty = 2 * (z * v[0] - x * v[2]);
  const tz = 2 * (x * v[1] - y * v[0]);
  return [
    v[0] + w * tx + y * tz - z * ty,
    v[1] + w * ty + z * tx - x * tz,
    v[2] + w * tz + x * ty - y * tx,
  ];
}

/** Rotation of |rotvec| radians about rotvec. @param {Vec3} rotvec @returns {Quat} */
export function quatExp(rotvec) {
  const angle = length(rotvec);
  const factor = angle > TINY ? Math.sin(angle / 2) / angle : 0.5;
  return [Math.cos(angle / 2), rotvec[0] * factor, rotvec[1] * factor, rotvec[2] * factor];
}

/**
 * Rotation vector (radians, length 0..pi) of the shortest turn. A half turn has two; the one whose last component
 * that is not zero is positive is taken, so that JS and Python agree.
 * @param {Quat} q @returns {Vec3}
 */
export function quatLog(q) {
  const sign = signOfShortest(q);
  const sine = Math.sqrt(q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  const factor = sine > 0 ? (2 * sign * Math.atan2(sine, sign * q[0])) / sine : 2 * sign;
  return [q[1] * factor, q[2] * factor, q[3] * factor];
}

/** @param {Quat} q */
function signOfShortest(q) {
  if (Math.abs(q[0]) > TINY) return q[0] < 0 ? -1 : 1;
  const last = [q[3], q[2], q[1]].find((component) => Math.abs(component) > TINY);
  return last !== undefined && last < 0 ? -1 : 1;
}

/** Turn about an axis, which need not have unit length. @param {Vec3} axis @param {number} angleDeg @returns {Quat} */
export const quatFromAxisAngleDeg = (axis, angleDeg) =>
  quatExp(scale(normalize(axis), (angleDeg * Math.PI) / 180));

/**
 * Unit quaternion with w >= 0 of a rotation matrix, 9 numbers row by row.
 * @param {ArrayLike<number>} m @returns {Quat}
 */
export function quatFromMatrix(m) {
  const [wx, wy, wz] = [m[7] - m[5], m[2] - m[6], m[3] - m[1]];
  const [xy, xz, yz] = [m[1] + m[3], m[2] + m[6], m[5] + m[7]];
  // Shepperd: four equal formulas; the one with the largest divisor is exact even for half turns.
  /** @type {Quat[]} */
  const candidates = [
    [1 + m[0] + m[4] + m[8], wx, wy, wz],
    [wx, 1 + m[0] - m[4] - m[8], xy, xz],
    [wy, xy, 1 - m[0] + m[4] - m[8], yz],
    [wz, xz, yz, 1 - m[0] - m[4] + m[8]],
  ];
  let best = 0;
  for (let i = 1; i < 4; i++) if (candidates[i][i] > candidates[best][best]) best = i;
  const q = quatNormalize(candidates[best]);
  return q[0] < 0 ? [-q[0], -q[1], -q[2], -q[3]] : q;
}

/** Rotation matrix, 9 numbers row by row; its columns are the camera's right, down and forward. @param {Quat} q */
export function matrixFromQuat(q) {
  const [w, x, y, z] = q;
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ];
}

/**
 * Rotation of a camera at `position` whose optical axis goes through `target`; the identity where both are one point.
 * @param {Vec3} position @param {Vec3} target
 * @param {Vec3} [down] world direction that the picture's y axis leans to; z for a view along it
 * @returns {Quat}
 */
export function lookAt(position, target, down = DOWN) {
  const view = subtract(target, position);
  const reach = length(view);
  if (reach <= TINY) return [1, 0, 0, 0];
  const forward = scale(view, 1 / reach);
  let right = cross(down, forward);
  if (length(right) <= TINY) right = cross(DOWN_OF_PLUMB_VIEW, forward);
  right = normalize(right);
  const below = cross(forward, right);
  return quatFromMatrix([
    right[0], below[0], forward[0],
    right[1], below[1], forward[1],
    right[2], below[2], forward[2],
  ]);
}

/** Angle of the shortest turn between two rotations, 0..180. @param {Quat} a @param {Quat} b */
export function rotationAngleDeg(a, b) {
  const q = quatMultiply(quatConjugate(a), b);
  const sine = Math.sqrt(q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  return (2 * Math.atan2(sine, Math.abs(q[0])) * 180) / Math.PI;
}

/** Cosine of the angle between two directions of any length. @param {Vec3} a @param {Vec3} b */
export const cosineBetween = (a, b) => dot(a, b) / (length(a) * length(b));
