// Doubtful frames of a document: its `confidence`, which came with an estimated path, and the path without what is doubtful.
// A frame that was filled from its neighbours is a guess, and stays marked, as in Python.

import { overFrames, runsOfDoubt } from "../math/doubt.mjs";
import { fitKeys } from "../math/fit.mjs";
import { samplePath } from "../math/path.mjs";
import { remembering } from "../math/remember.mjs";
import { subjectDistance } from "./pose.mjs";

/** @typedef {import("./document.mjs").PathDocument} PathDocument */
/** @typedef {import("../math/doubt.mjs").DoubtRun} DoubtRun */

/**
 * @typedef {object} Doubt
 * @property {number[] | null} confidence one a frame; null where the document says nothing
 * @property {boolean[]} at each frame, whether it is doubtful
 * @property {DoubtRun[]} runs
 * @property {number} count of doubtful frames
 */

/** How far a refitted path may stray from what it was: share of the subject distance, and degrees; and how many more keys. */
const [POSITION, ROTATION_DEG, MORE_KEYS] = [0.005, 0.25, 60];

/** What a document says of its frames' confidence; anything that is no list of numbers says nothing. @type {(document: PathDocument) => Doubt} */
export const doubtOf = remembering((document) => {
  const { confidence: raw } = /** @type {{confidence?: unknown}} */ (document);
  const isKnown = Array.isArray(raw) && raw.length > 0 && raw.every((value) => value >= 0 && value <= 1);
  const confidence = isKnown ? overFrames(raw, document.frames) : null;
  const runs = runsOfDoubt(confidence ?? []);
  const at = Array.from({ length: document.frames }, () => false);
  for (const [first, last] of runs) at.fill(true, first, last + 1);
  return { confidence, runs, at, count: runs.reduce((sum, [first, last]) => sum + last - first + 1, 0) };
});

/**
 * The document with other values of confidence, or with none.
 * @template {PathDocument} T @param {T} document @param {readonly number[] | null | undefined} confidence @returns {T}
 */
export function withConfidence(document, confidence) {
  const { confidence: _, ...rest } = /** @type {T & {confidence?: unknown}} */ (document);
  return /** @type {T} */ (confidence ? { ...rest, confidence } : rest);
}

/** Whether keys lie on doubtful frames: only then is there something to fill. @param {PathDocument} document */
export function canFill(document) {
  const { at, count } = doubtOf(document);
  return count > 0 && document.keys.some(({ frame }) => at[frame]);
}

/**
 * The document with keys on sure frames alone, those that were there and as many more as the sure frames need to stay where
 * they are. Before the first sure frame and after the last one the camera stands. Null where no frame is sure.
 * @param {PathDocument} document @returns {PathDocument | null}
 */
export function filled(document) {
  const { at, count } = doubtOf(document);
  if (count === document.frames) return null;
  const keys = fitKeys(samplePath(document), {
    positionTolerance: POSITION * (subjectDistance(document) || 1),
    rotationToleranceDeg: ROTATION_DEG,
    maxKeys: document.keys.length + MORE_KEYS,
    aim: document.aim,
    subject: document.subject,
    ignored: at,
    begin: document.keys.map(({ frame }) => frame).filter((frame) => !at[frame]),
  });
  return { ...document, keys };
}
