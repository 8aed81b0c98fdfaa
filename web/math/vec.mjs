// Vectors of three numbers as plain arrays. Every function returns a new array and leaves its arguments alone.
// World axes are OpenCV's: x right, y down, z forward.

/** @typedef {[number, number, number]} Vec3 */

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} a + b */
export const add = (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} a - b */
export const subtract = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** @param {Vec3} a @param {number} factor @returns {Vec3} */
export const scale = (a, factor) => [a[0] * factor, a[1] * factor, a[2] * factor];

/** @param {Vec3} a @param {Vec3} b */
export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** @param {Vec3} a @param {Vec3} b @returns {Vec3} right-handed, as numpy's */
export const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** @param {Vec3} a */
export const length = (a) => Math.sqrt(dot(a, a));

/** @param {Vec3} a @param {Vec3} b */
export const distance = (a, b) => length(subtract(a, b));

/** Unit vector along a; a must not be zero. @param {Vec3} a @returns {Vec3} */
export const normalize = (a) => scale(a, 1 / length(a));

/** a at t = 0, b at t = 1. @param {Vec3} a @param {Vec3} b @param {number} t @returns {Vec3} */
export const lerp = (a, b, t) => add(a, scale(subtract(b, a), t));
