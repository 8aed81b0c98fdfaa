// The path through the keys of a document: docs/path-json.md says what a key means, and
// raxel_core/geometry/keyframes.py computes the same cameras, to 1e-6, from the same fixtures.

import { EASINGS } from "./easing.mjs";
import { hermite, pchipSlopes } from "./pchip.mjs";
import { remembering } from "./remember.mjs";
import { lookAt, quatConjugate, quatExp, quatLog, quatMultiply, quatNormalize } from "./rotation.mjs";
import { roundSlopes } from "./round.mjs";

/** @typedef {import("./vec.mjs").Vec3} Vec3 */
/** @typedef {import("./rotation.mjs").Quat} Quat */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("../editor/document.mjs").Key} Key */
/** @typedef {{position: Vec3, rotation: Quat, hfov_deg: number}} Camera rotation is camera-to-world, wxyz */

/**
 * A moment at which the camera is known: a key, or the end of its hold.
 * `turn` is the rotation, or with aim "subject" what is left of it over looking at the subject.
 * @typedef {{time: number, key: Key, turn: Quat}} Knot
 */

/**
 * From one knot to the next. Channels 0..2 are the position, 3 the lens, 4..6 the turn from `turn` in camera axes.
 * @typedef {{start: number, length: number, key: Key, turn: Quat,
 *   from: number[], to: number[], slopeFrom: number[], slopeTo: number[]}} Segment slopes are per segment
 */

/** @typedef {{segments: Segment[], subject: Vec3 | null, last: Camera}} Course */

const CHANNELS = 7;

/** Channels that belong together: position, lens, turn. */
const VECTORS = [[0, 1, 2], [3], [4, 5, 6]];

/** The cameras of all frames; do not change them. @type {(document: PathDocument) => Camera[]} */
export const samplePath = remembering(computePath);

/** @type {(document: PathDocument) => Course} */
const courseOf = remembering(plan);

/**
 * The camera at a frame, which may be fractional or outside.
 * @param {PathDocument} document @param {number} frame @returns {Camera}
 */
export function cameraAt(document, frame) {
  const course = courseOf(document);
  const { segments } = course;
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frame < segments[middle].start + segments[middle].length) high = middle;
    else low = middle + 1;
  }
  return low < segments.length ? cameraIn(segments[low], frame, course.subject) : copyOf(course.last);
}

/** @param {PathDocument} document */
function computePath(document) {
  const { segments, subject, last } = courseOf(document);
  const cameras = [];
  let index = 0;
  for (let frame = 0; frame < document.frames; frame++) {
    while (index < segments.length && frame >= segments[index].start + segments[index].length) index++;
    cameras.push(index < segments.length ? cameraIn(segments[index], frame, subject) : copyOf(last));
  }
  return cameras;
}

/** @param {Camera} camera @returns {Camera} */
const copyOf = (camera) => ({ ...camera, position: [...camera.position], rotation: [...camera.rotation] });

/** @param {PathDocument} document @returns {Course} */
function plan(document) {
  const subject = document.aim === "subject" ? document.subject : null;
  const knots = knotsOf(document.keys, subject);
  const key = knots[knots.length - 1].key;
  const rotation = quatNormalize(key.rotation);
  return { segments: segmentsOf(knots), subject, last: { position: key.position, rotation, hfov_deg: key.hfov_deg } };
}

/** @param {readonly Key[]} keys @param {Vec3 | null} subject @returns {Knot[]} */
function knotsOf(keys, subject) {
  return keys.flatMap((key, index) => {
    const rotation = quatNormalize(key.rotation);
    const turn = subject ? quatMultiply(quatConjugate(lookAt(key.position, subject)), rotation) : rotation;
    const knot = { time: key.frame, key, turn };
    const hold = index + 1 < keys.length ? Math.min(key.hold, keys[index + 1].frame - key.frame - 1) : 0;
    return hold > 0 ? [knot, { ...knot, time: key.frame + hold }] : [knot];
  });
}

/** @param {Knot[]} knots @returns {Segment[]} */
function segmentsOf(knots) {
  const segments = knots.slice(1).map((next, index) => straightSegment(knots[index], next));
  const lengths = segments.map((segment) => segment.length);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const secants = segments.map(({ from, to, length }) => (to[channel] - from[channel]) / length);
    const slopes = pchipSlopes(lengths, secants);
    segments.forEach((segment, index) => {
      segment.slopeFrom.push(slopes[index] * segment.length);
      segment.slopeTo.push(slopes[index + 1] * segment.length);
    });
  }
  if (segments.some(isRound)) roundCorners(segments, lengths);
  return segments;
}

/** @param {Segment | undefined} segment none beyond the ends, where nothing speaks against it */
const isRound = (segment) => segment === undefined || segment.key.interpolation === "round";

/** Other slopes at the knots between round ways. @param {Segment[]} segments @param {number[]} lengths */
function roundCorners(segments, lengths) {
  for (const vector of VECTORS) {
    const secants = segments.map(({ from, to, length }) => vector.map((channel) => (to[channel] - from[channel]) / length));
    roundSlopes(lengths, secants).forEach((slope, index) => {
      const [before, after] = [segments[index - 1], segments[index]];
      if (!isRound(before) || !isRound(after)) return;
      vector.forEach((channel, i) => {
        if (before) before.slopeTo[channel] = slope[i] * before.length;
        if (after) after.slopeFrom[channel] = slope[i] * after.length;
      });
    });
  }
}

/** @param {Knot} knot @param {Knot} next @returns {Segment} without its slopes */
function straightSegment(knot, next) {
  const turned = quatLog(quatMultiply(quatConjugate(knot.turn), next.turn));
  return {
    start: knot.time,
    length: next.time - knot.time,
    key: knot.key,
    turn: knot.turn,
    from: [...knot.key.position, knot.key.hfov_deg, 0, 0, 0],
    to: [...next.key.position, next.key.hfov_deg, ...turned],
    slopeFrom: [],
    slopeTo: [],
  };
}

/** @param {Segment} segment @param {number} frame @param {Vec3 | null} subject @returns {Camera} */
function cameraIn(segment, frame, subject) {
  const { key, from, to, slopeFrom, slopeTo } = segment;
  const u = EASINGS[key.easing](Math.max(0, (frame - segment.start) / segment.length));
  const straight = key.interpolation === "linear";
  /** @param {number} i */
  const at = (i) =>
    straight ? from[i] + u * (to[i] - from[i]) : hermite(u, from[i], to[i], slopeFrom[i], slopeTo[i]);
  /** @type {Vec3} */
  const position = [at(0), at(1), at(2)];
  const turn = quatMultiply(segment.turn, quatExp([at(4), at(5), at(6)]));
  const rotation = subject ? quatMultiply(lookAt(position, subject), turn) : turn;
  return { position, rotation: quatNormalize(rotation), hfov_deg: at(3) };
}
