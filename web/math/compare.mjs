// Two paths side by side: what was asked for and what the video shows.

import { quatConjugate, quatExp, quatLog, quatMultiply, quatRotate, rotationAngleDeg } from "./rotation.mjs";
import { distance, lerp, scale, subtract } from "./vec.mjs";

/** @typedef {import("./path.mjs").Camera} Camera */

/**
 * Errors of each requested frame, both paths told from their first camera. An achieved path of another length is taken
 * to last as long.
 * @param {readonly Camera[]} requested at least one @param {readonly Camera[]} achieved at least one
 * @param {number} subjectDistance scene units, > 0
 * @returns {{rotation_deg: number[], position: number[]}} position is in subject distances
 */
export function compareCameras(requested, achieved, subjectDistance) {
  const wanted = fromFirst(requested);
  const found = fromFirst(resampled(achieved, requested.length));
  return {
    rotation_deg: wanted.map((camera, i) => rotationAngleDeg(camera.rotation, found[i].rotation)),
    position: wanted.map((camera, i) => distance(camera.position, found[i].position) / subjectDistance),
  };
}

/**
 * Where among values that are spread evenly over a clip that of a frame is.
 * @param {readonly unknown[]} values at least one @param {number} frame may be fractional @param {number} frames of the clip
 */
export const indexAt = (values, frame, frames) =>
  Math.min(values.length - 1, Math.max(0, Math.round((frame * (values.length - 1)) / Math.max(1, frames - 1))));

/**
 * The cameras in the frame of the first, whose own becomes the world's.
 * @param {readonly Camera[]} cameras @returns {Camera[]}
 */
export function fromFirst(cameras) {
  const toFirst = quatConjugate(cameras[0].rotation);
  return cameras.map((camera) => ({
    ...camera,
    position: quatRotate(toFirst, subtract(camera.position, cameras[0].position)),
    rotation: quatMultiply(toFirst, camera.rotation),
  }));
}

/** The same path in so many even steps. @param {readonly Camera[]} cameras @param {number} count @returns {Camera[]} */
export function resampled(cameras, count) {
  const last = cameras.length - 1;
  return Array.from({ length: count }, (_, i) => between(cameras, count > 1 ? (i * last) / (count - 1) : 0));
}

/**
 * The camera at a fractional index; rotations turn evenly.
 * @param {readonly Camera[]} cameras @param {number} time @returns {Camera}
 */
function between(cameras, time) {
  const [a, b] = [cameras[Math.floor(time)], cameras[Math.ceil(time)]];
  const t = time - Math.floor(time);
  if (t === 0) return a;
  const turn = quatLog(quatMultiply(quatConjugate(a.rotation), b.rotation));
  return {
    position: lerp(a.position, b.position, t),
    rotation: quatMultiply(a.rotation, quatExp(scale(turn, t))),
    hfov_deg: a.hfov_deg + t * (b.hfov_deg - a.hfov_deg),
  };
}
