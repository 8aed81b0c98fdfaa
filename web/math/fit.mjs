// Few keys for many cameras: a wired or imported path becomes keys that a person can edit. Fitted keys stand on cameras
// of the path; between them the rule of path.mjs stays within a tolerance. stroke.mjs does it for a line drawn by hand.

import { EASING_NAMES } from "./easing.mjs";
import { samplePath } from "./path.mjs";
import { rotationAngleDeg } from "./rotation.mjs";
import { distance } from "./vec.mjs";

/** @typedef {import("./path.mjs").Camera} Camera */
/** @typedef {import("./vec.mjs").Vec3} Vec3 */
/** @typedef {import("./easing.mjs").Easing} Easing */
/** @typedef {import("../editor/document.mjs").Key} Key */
/** @typedef {import("../editor/document.mjs").Interpolation} Interpolation */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */

/**
 * @typedef {object} FitOptions
 * @property {number} [positionTolerance] scene units; default 1/200 of how far the path goes
 * @property {number} [rotationToleranceDeg] default 0.25; also that of the lens
 * @property {number} [maxKeys] default 100; where they do not suffice, the fit is as good as they allow
 * @property {"free" | "subject"} [aim] of the document that the keys are for
 * @property {Vec3} [subject]
 * @property {readonly boolean[]} [ignored] frames that the path may pass anywhere and that get no keys; not all of them
 * @property {readonly number[]} [begin] frames that get a key in any case, ascending; none of them ignored
 */

/**
 * A fit in hand: what to reach, and how far each kind of error may go.
 * @typedef {object} Task
 * @property {readonly Camera[]} cameras
 * @property {number} position scene units
 * @property {number} angle degrees
 * @property {number} maxKeys
 * @property {"free" | "subject"} aim
 * @property {Vec3} subject
 * @property {Interpolation} interpolation of the ways between the keys
 * @property {readonly boolean[]} ignored
 * @property {readonly number[]} begin at least the first and the last frame that is not ignored
 */

/** @type {Interpolation[]} */
const WAYS = ["round", "smooth"];

/** Nothing is asked to be nearer than arithmetic and seven written digits allow. */
const LEAST_TOLERANCE = 1e-6;

/**
 * Keys whose path stays within the tolerances of the cameras, one of which belongs to each frame from 0.
 * @param {readonly Camera[]} cameras at least one @param {FitOptions} [options] @returns {Key[]}
 */
export function fitKeys(cameras, options = {}) {
  const task = taskOf(cameras, options);
  const simple = stillOrEased(task);
  if (simple) return simple;
  // Curves take fewer keys round, sharp turns fewer smooth.
  const [round, smooth] = WAYS.map((interpolation) => keysOf({ ...task, interpolation }));
  return round.length <= smooth.length ? round : smooth;
}

/** @param {Task} task @returns {Key[]} */
function keysOf(task) {
  const { cameras, interpolation } = task;
  const frames = pruned(task, grown(task, [...task.begin]));
  return frames.map((frame) => keyOf(cameras[frame], frame, interpolation));
}

/**
 * One key for a camera that stands, two for a way that one easing describes.
 * @param {Task} task @returns {Key[] | null}
 */
function stillOrEased(task) {
  const { cameras, begin } = task;
  if (begin.length > 2) return null;
  const [first, last] = [begin[0], begin[begin.length - 1]];
  if (errorBetween(task, [first], first, last) <= 1) return [keyOf(cameras[first], first)];
  const easing = EASING_NAMES.find((name) => errorBetween(task, [first, last], first, last, name) <= 1);
  return easing ? [{ ...keyOf(cameras[first], first), easing }, keyOf(cameras[last], last)] : null;
}

/** @param {readonly Camera[]} cameras @param {FitOptions} options @returns {Task} */
function taskOf(cameras, options) {
  const reach = Math.max(...cameras.map((camera) => distance(camera.position, cameras[0].position)));
  const { rotationToleranceDeg = 0.25, positionTolerance = reach / 200, maxKeys = 100, ignored = [] } = options;
  const frames = cameras.map((_, frame) => frame).filter((frame) => !ignored[frame]);
  return {
    cameras,
    position: Math.max(positionTolerance, LEAST_TOLERANCE * reach, 1e-12),
    angle: Math.max(rotationToleranceDeg, LEAST_TOLERANCE),
    maxKeys: Math.max(2, maxKeys),
    aim: options.aim ?? "free",
    subject: options.subject ?? [0, 0, 1],
    interpolation: WAYS[0],
    ignored,
    begin: inOrder([frames[0], frames[frames.length - 1], ...(options.begin ?? [])]),
  };
}

/** Each once. @param {number[]} frames */
const inOrder = (frames) => [...new Set(frames)].sort((a, b) => a - b);

/** @param {Camera} camera @param {number} frame @param {Interpolation} [interpolation] @returns {Key} */
const keyOf = ({ position, rotation, hfov_deg }, frame, interpolation = "round") => ({
  frame, position, rotation, hfov_deg, interpolation, easing: "linear", hold: 0,
});

/**
 * Greedy: a key at the worst frame of every way between keys that is among the worst.
 * @param {Task} task @param {number[]} frames
 */
function grown(task, frames) {
  for (;;) {
    const errors = errorsOf(task, frames, frames[0], frames[frames.length - 1]);
    const worst = frames.slice(1).map((end, i) => worstFrame(errors, frames[i], end));
    worst.sort((a, b) => errors[b] - errors[a]);
    const bad = worst.filter((frame) => errors[frame] > 1 && errors[frame] >= errors[worst[0]] / 2);
    const added = bad.slice(0, Math.max(0, task.maxKeys - frames.length));
    if (!added.length) return frames;
    frames = [...frames, ...added].sort((a, b) => a - b);
  }
}

/** @param {Float64Array} errors @param {number} start @param {number} end */
function worstFrame(errors, start, end) {
  let worst = start;
  for (let frame = start; frame <= end; frame++) if (errors[frame] > errors[worst]) worst = frame;
  return worst;
}

/** Without the keys that later ones made needless. @param {Task} task @param {number[]} frames */
function pruned(task, frames) {
  const kept = [...frames];
  for (let i = kept.length - 2; i > 0; i--) {
    if (task.begin.includes(kept[i])) continue;
    const without = kept.filter((_, index) => index !== i);
    // A slope hangs on the keys beside its own, so a key that goes moves the path for two keys either way.
    const [start, end] = [Math.max(0, i - 2), Math.min(without.length - 1, i + 1)];
    if (errorBetween(task, without, without[start], without[end]) <= 1) kept.splice(i, 1);
  }
  return kept;
}

/**
 * @param {Task} task @param {number[]} frames of the keys @param {number} start @param {number} end
 * @param {Easing} [easing]
 */
const errorBetween = (task, frames, start, end, easing) =>
  errorsOf(task, frames, start, end, easing).reduce((a, b) => Math.max(a, b), 0);

/**
 * How far the path through keys at `frames` is from the cameras start..end, in tolerances, by frame of the whole path.
 * @param {Task} task @param {number[]} frames @param {number} start @param {number} end @param {Easing} [easing]
 */
function errorsOf(task, frames, start, end, easing = "linear") {
  const first = Math.max(0, frames.findLastIndex((frame) => frame <= start) - 2);
  const behind = frames.findIndex((frame) => frame >= end);
  const near = frames.slice(first, (behind < 0 ? frames.length : behind) + 3);
  const path = samplePath(documentOf(task, near, end - near[0] + 1, easing));
  const errors = new Float64Array(task.cameras.length);
  for (let frame = start; frame <= end; frame++) {
    if (!task.ignored[frame]) errors[frame] = errorOf(task, path[frame - near[0]], task.cameras[frame]);
  }
  return errors;
}

/**
 * The keys alone, told from the first of them.
 * @param {Task} task @param {number[]} frames @param {number} length @param {Easing} easing
 * @returns {PathDocument}
 */
function documentOf({ cameras, aim, subject, interpolation }, frames, length, easing) {
  const keys = frames.map((frame) => ({ ...keyOf(cameras[frame], frame - frames[0], interpolation), easing }));
  return {
    format: "raxel-path", version: 1, frames: length, fps: 16, width: 832, height: 480, scale: "metric",
    subject, aim, edited: false, keys,
  };
}

/** @param {Task} task @param {Camera} a @param {Camera} b */
const errorOf = (task, a, b) =>
  Math.max(
    distance(a.position, b.position) / task.position,
    rotationAngleDeg(a.rotation, b.rotation) / task.angle,
    Math.abs(a.hfov_deg - b.hfov_deg) / task.angle,
  );
