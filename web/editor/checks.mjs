// Checks of single values of a document. Each returns the value, typed, or throws a PathError with one sentence;
// raxel_core/formats/raxel_path.py makes the same checks.

/** A text or an edit asks for something that no document may hold; the message is one sentence for a person. */
export class PathError extends Error {}

/** @typedef {[number, number]} Range both ends belong to it */

/** How far from unit length a quaternion may be: rounding of files, not another kind of number. */
const UNIT_TOLERANCE = 1e-3;

/** Nearer than this a quaternion is left as it is, so that reading and writing change no digit. */
const UNIT_EXACT = 1e-12;

/** A value for a sentence, cut short; strings stay quoted. @param {unknown} value */
function shown(value) {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "an object";
  return (typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : String(value)).slice(0, 40);
}

/** @param {unknown} value @param {string} what @param {Range} range @returns {number} */
export function number(value, what, [low, high]) {
  if (typeof value !== "number" || !(value >= low && value <= high)) {
    throw new PathError(`${what} must be a number within ${low} and ${high}, got ${shown(value)}`);
  }
  return value + 0; // -0 would not survive JSON
}

/** @param {unknown} value @param {string} what @param {Range} range @returns {number} */
export function integer(value, what, [low, high]) {
  if (!Number.isInteger(value) || Number(value) < low || Number(value) > high) {
    throw new PathError(`${what} must be a whole number within ${low} and ${high}, got ${shown(value)}`);
  }
  return Number(value) + 0;
}

/** @template const T @param {unknown} value @param {string} what @param {readonly T[]} choices @returns {T} */
export function oneOf(value, what, choices) {
  const index = choices.findIndex((choice) => choice === value);
  if (index < 0) throw new PathError(`${what} must be one of ${choices.join(", ")}, got ${shown(value)}`);
  return choices[index];
}

/** @param {unknown} value @param {string} what @param {Range} range @returns {[number, number, number]} */
export function vector(value, what, range) {
  const [x, y, z] = numbers(value, what, 3, range);
  return [x, y, z];
}

/**
 * A unit quaternion; one that is only rounded becomes exact.
 * @param {unknown} value @param {string} what @returns {[number, number, number, number]}
 */
export function quaternion(value, what) {
  const [w, x, y, z] = numbers(value, what, 4, [-2, 2]);
  const norm = Math.sqrt(w * w + x * x + y * y + z * z);
  if (Math.abs(norm - 1) > UNIT_TOLERANCE) {
    throw new PathError(`${what} must be a unit quaternion (w, x, y, z), its length is ${Number(norm.toPrecision(4))}`);
  }
  return Math.abs(norm - 1) > UNIT_EXACT ? [w / norm, x / norm, y / norm, z / norm] : [w, x, y, z];
}

/** @param {unknown} value @param {string} what @param {number} count @param {Range} range */
function numbers(value, what, count, range) {
  if (!Array.isArray(value) || value.length !== count) {
    throw new PathError(`${what} must be ${count} numbers, got ${shown(value)}`);
  }
  return value.map((part) => number(part, `every value of ${what}`, range));
}
