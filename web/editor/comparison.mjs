// What a run says of a requested path and what came of it: errors a frame, a tolerance, one entry a take. No DOM.
// nodes/compared.py tells it; a plot of two paths tells the paths alone, and the errors are computed here.

import { compareCameras, fromFirst, indexAt } from "../math/compare.mjs";
import { LOW_CONFIDENCE } from "../math/doubt.mjs";
import { samplePath } from "../math/path.mjs";
import { quatMultiply, quatRotate } from "../math/rotation.mjs";
import { camerasFromRows } from "../math/rows.mjs";
import { add } from "../math/vec.mjs";
import { subjectDistance } from "./pose.mjs";

/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("./context.mjs").Seed} Seed */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */

/**
 * One entry of `raxel_errors`, as the server sends it (nodes/compared.py). A take without cameras has no numbers.
 * @typedef {object} Told
 * @property {number[] | null} rotation_deg
 * @property {number[] | null} position
 * @property {number[] | null} confidence
 * @property {number} tolerance_deg
 * @property {number} tolerance_distance
 * @property {number} take from 0
 * @property {string | null} seed
 * @property {boolean} kept
 * @property {number} [subject_distance] scene units
 */

/**
 * A take's errors, a number a frame of the requested path: degrees and subject distances.
 * @typedef {object} Errors
 * @property {number[]} rotation_deg
 * @property {number[]} position
 * @property {boolean[]} doubtful
 * @property {number} subjectDistance scene units
 * @property {{rotation_deg: number, position: number} | null} tolerance
 */

/** @typedef {{number: number, seed: string | null, kept: boolean, errors: Errors | null}} Take `number` counts from 1 */
/** `doubtful` at each achieved camera. @typedef {{achieved: Camera[], doubtful: boolean[], takes: Take[]}} Comparison */

/** @param {readonly number[] | null | undefined} confidence @param {number} count */
const doubts = (confidence, count) =>
  Array.from({ length: count }, (_, index) => (confidence?.[index] ?? 1) < LOW_CONFIDENCE);

/**
 * @param {PathDocument} document of the editor that the paths are shown in
 * @param {Seed} requested @param {Seed} achieved @param {Told[]} [told] empty for a plot, which compares nothing itself
 * @returns {Comparison}
 */
export function comparisonOf(document, requested, achieved, told = []) {
  const found = camerasFromRows(achieved.cameras);
  const unit = subjectDistance(document) || 1;
  const takes = told.length ? told.map((entry) => takeOf(entry, unit)) : [computedTake(requested, achieved, unit)];
  return {
    // Paths that were compared stand where they were compared; those of a plot have worlds of their own.
    achieved: placedAt(samplePath(document)[0], told.length ? found : fromFirst(found)),
    doubtful: doubts(achieved.confidence, found.length),
    takes,
  };
}

/** Cameras told from another's frame, in the world. @param {Camera} frame @param {Camera[]} cameras @returns {Camera[]} */
const placedAt = (frame, cameras) =>
  cameras.map((camera) => ({
    ...camera,
    position: add(frame.position, quatRotate(frame.rotation, camera.position)),
    rotation: quatMultiply(frame.rotation, camera.rotation),
  }));

/** @param {Told} told @param {number} unit @returns {Take} */
function takeOf({ rotation_deg, position, confidence, ...rest }, unit) {
  const { take, seed, kept, tolerance_deg, tolerance_distance } = rest;
  const tolerance = { rotation_deg: tolerance_deg, position: tolerance_distance };
  const isEmpty = !rotation_deg?.length || !position?.length;
  const doubtful = doubts(confidence, position?.length ?? 0);
  const subjectDistance = rest.subject_distance ?? unit;
  return { number: take + 1, seed, kept, errors: isEmpty ? null : { rotation_deg, position, doubtful, subjectDistance, tolerance } };
}

/** @param {Seed} requested @param {Seed} achieved @param {number} unit @returns {Take} */
function computedTake(requested, achieved, unit) {
  const errors = compareCameras(camerasFromRows(requested.cameras), camerasFromRows(achieved.cameras), unit);
  const count = errors.position.length;
  const confidence = achieved.confidence;
  const known = confidence && errors.position.map((_, frame) => confidence[indexAt(confidence, frame, count)]);
  const doubtful = doubts(known, count);
  return { number: 1, seed: null, kept: true, errors: { ...errors, doubtful, subjectDistance: unit, tolerance: null } };
}

/** The take whose path is shown, or else the first. @param {Comparison} comparison */
export const keptTake = ({ takes }) => takes.find(({ kept }) => kept) ?? takes[0];

/** What is to be said of a take's errors. @param {Errors} errors */
export function summaryOf({ rotation_deg, position, tolerance }) {
  const beyond = tolerance
    ? position.filter((away, i) => away > tolerance.position || rotation_deg[i] > tolerance.rotation_deg).length
    : 0;
  return { rotation_deg: Math.max(...rotation_deg), position: Math.max(...position), beyond, frames: position.length };
}

/**
 * The errors at a frame of the editor's clip.
 * @param {Errors} errors @param {number} frame @param {number} frames of the clip
 */
export function errorsAt({ rotation_deg, position, doubtful }, frame, frames) {
  const index = indexAt(position, frame, frames);
  return { rotation_deg: rotation_deg[index], position: position[index], doubtful: doubtful[index] };
}
