// A stroke of the hand as keys: the shaking is smoothed out, the speed is steady whatever the speed of the hand.

import { fitKeys } from "./fit.mjs";
import { lookAt } from "./rotation.mjs";
import { add, distance, lerp, scale, subtract } from "./vec.mjs";

/** @typedef {import("./vec.mjs").Vec3} Vec3 */
/** @typedef {import("./path.mjs").Camera} Camera */
/** @typedef {import("../editor/document.mjs").Key} Key */

/**
 * @typedef {object} StrokeOptions
 * @property {readonly [number, number]} frames of the first and the last key
 * @property {number} tolerance scene units; about the width of a finger on the screen
 * @property {Camera} camera whose rotation and lens the keys take
 * @property {"keep" | "ahead" | Vec3} [face] keep the camera's rotation, look along the stroke, or at a point
 * @property {number} [maxKeys] default 12
 */

/** Points that a stroke is made of while it is smoothed. */
const SAMPLES = 257;

/** Standard deviation of the smoothing, in samples: a shake of 3% of the stroke goes, a curve of 10% stays. */
const SIGMA = 4;

/** @type {Vec3} */
const STILL = [0, 0, 0];

/**
 * Keys along a drawn line; none where it has no length.
 * @param {readonly Vec3[]} points of the stroke, in the order they were drawn @param {StrokeOptions} options @returns {Key[]}
 */
export function fitStroke(points, { frames: [first, last], tolerance, camera, face = "keep", maxKeys = 12 }) {
  const line = alongLength(smoothed(alongLength(points, SAMPLES)), last - first + 1);
  if (!line.length) return [];
  const cameras = line.map((position) => ({ ...camera, position }));
  const keys = fitKeys(cameras, { positionTolerance: tolerance, maxKeys });
  return keys.map((key) => ({
    ...key,
    frame: key.frame + first,
    rotation: face === "keep" ? camera.rotation : facing(line, key, face),
  }));
}

/** @param {Vec3[]} line @param {Key} key @param {"ahead" | Vec3} face */
function facing(line, key, face) {
  if (face !== "ahead") return lookAt(key.position, face);
  const [before, after] = [line[Math.max(0, key.frame - 1)], line[Math.min(line.length - 1, key.frame + 1)]];
  return lookAt(STILL, subtract(after, before));
}

/**
 * So many points at even distances along a line; none for a line without length.
 * @param {readonly Vec3[]} points @param {number} count @returns {Vec3[]}
 */
export function alongLength(points, count) {
  const reached = [0];
  for (let i = 1; i < points.length; i++) reached.push(reached[i - 1] + distance(points[i - 1], points[i]));
  const total = reached[reached.length - 1];
  if (!(total > 0) || !Number.isFinite(total)) return [];
  let index = 0;
  return Array.from({ length: count }, (_, i) => {
    const wanted = count > 1 ? (total * i) / (count - 1) : 0;
    while (index < points.length - 2 && reached[index + 1] < wanted) index++;
    const step = reached[index + 1] - reached[index];
    return lerp(points[index], points[index + 1], step > 0 ? Math.min(1, (wanted - reached[index]) / step) : 0);
  });
}

/** Gaussian mean along the line; both ends stay where they are. @param {Vec3[]} points @returns {Vec3[]} */
export function smoothed(points) {
  const last = points.length - 1;
  /** The line goes on behind its ends as its own mirror image through them. @param {number} i @returns {Vec3} */
  const at = (i) => {
    if (i < 0) return subtract(scale(points[0], 2), points[Math.min(last, -i)]);
    return i > last ? subtract(scale(points[last], 2), points[Math.max(0, 2 * last - i)]) : points[i];
  };
  return points.map((_, i) => {
    let [sum, total] = [STILL, 0];
    for (let away = -3 * SIGMA; away <= 3 * SIGMA; away++) {
      const weight = Math.exp(-0.5 * (away / SIGMA) ** 2);
      sum = add(sum, scale(at(i + away), weight));
      total += weight;
    }
    return scale(sum, 1 / total);
  });
}
