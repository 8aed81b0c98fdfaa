// Edits that add, take away or retime keys; the signature is that of edits.mjs. No two keys ever share a frame.

import { cameraAt } from "../math/path.mjs";
import { LIMITS } from "./document.mjs";
import { doubtOf, withConfidence } from "./doubt.mjs";

/** @typedef {import("../math/easing.mjs").Easing} Easing */
/** @typedef {import("./document.mjs").Key} Key */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */
/** @typedef {import("./reduce.mjs").EditorState} EditorState */
/** @typedef {import("./reduce.mjs").EditEvent} EditEvent */
/** @typedef {import("./edits.mjs").Edited} Edited */

/** @param {number} value @param {readonly [number, number]} range */
export const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);

/**
 * The document with these keys, sorted; `chosen` of them are selected.
 * @param {PathDocument} document @param {Key[]} keys @param {Key[]} chosen @returns {Edited}
 */
export function inOrder(document, keys, chosen) {
  const sorted = [...keys].sort((a, b) => a.frame - b.frame);
  const selection = chosen.map((key) => sorted.indexOf(key)).sort((a, b) => a - b);
  return { document: { ...document, keys: sorted }, selection };
}

/** An easing cut in two: what the first and the second part keep of it. @type {Record<Easing, [Easing, Easing]>} */
const SPLIT = {
  linear: ["linear", "linear"],
  ease_in: ["ease_in", "linear"],
  ease_out: ["linear", "ease_out"],
  ease_in_out: ["ease_in", "ease_out"],
};

/**
 * A key where the path is at that frame, or the selection of the one already there.
 * @param {EditorState} state @param {Extract<EditEvent, {type: "add_key"}>} event @returns {Edited}
 */
export function addKey({ document, playhead }, event) {
  const frame = clamp(Math.round(event.frame ?? playhead), [0, document.frames - 1]);
  const { keys } = document;
  const there = keys.findIndex((key) => key.frame === frame);
  if (there >= 0) return { document, selection: [there] };
  const before = keys.findLastIndex((key) => key.frame < frame);
  return inOrder(document, ...withSplit(document, frame, before));
}

/**
 * @param {PathDocument} document @param {number} frame @param {number} before index of the key before it, or -1
 * @returns {[Key[], Key[]]} all keys, the new ones
 */
function withSplit(document, frame, before) {
  const split = document.keys[before];
  const [first, second] = split ? SPLIT[split.easing] : SPLIT.linear;
  /** @type {Key} */
  const key = {
    frame,
    ...cameraAt(document, frame),
    interpolation: (split ?? document.keys[0]).interpolation,
    easing: second,
    hold: split ? Math.max(0, split.frame + split.hold - frame) : 0,
  };
  const isLast = before === document.keys.length - 1;
  const others = document.keys.map((other) => (other === split && !isLast ? { ...other, easing: first } : other));
  return [[...others, key], [key]];
}

/** One key stays, whatever is selected. @param {EditorState} state @returns {Edited} */
export function deleteKeys({ document, selection }) {
  const chosen = new Set(selection);
  const kept = document.keys.filter((_, index) => !chosen.has(index));
  if (!selection.length || document.keys.length === 1) return { document, selection };
  return { document: { ...document, keys: kept.length ? kept : [document.keys[0]] }, selection: [] };
}

/**
 * Copies of the selected keys at the nearest free frames after them, or before them at the clip's end.
 * @param {EditorState} state @returns {Edited}
 */
export function duplicateKeys({ document, selection }) {
  const copies = selection.map((index) => ({ ...document.keys[index] }));
  const taken = new Set(document.keys.map((key) => key.frame));
  /** @param {number} shift */
  const fits = (shift) =>
    copies.every(({ frame }) => frame + shift >= 0 && frame + shift < document.frames && !taken.has(frame + shift));
  const shift = copies.length ? nearest(fits, preferredShift(document, copies), document.frames) : undefined;
  if (shift === undefined) return { document, selection };
  for (const copy of copies) copy.frame += shift;
  return inOrder(document, [...document.keys, ...copies], copies);
}

/** Half a second after the last of them. @param {PathDocument} document @param {Key[]} copies */
const preferredShift = (document, copies) =>
  copies[copies.length - 1].frame - copies[0].frame + Math.max(1, Math.round(document.fps / 2));

/** @param {(value: number) => boolean} accepts @param {number} wanted @param {number} reach */
function nearest(accepts, wanted, reach) {
  for (let away = 0; away <= 2 * reach; away++) {
    if (accepts(wanted - away)) return wanted - away;
    if (accepts(wanted + away)) return wanted + away;
  }
  return undefined;
}

/**
 * Copied keys with the first at a frame, or as much earlier as they need to fit; they take the place of keys there.
 * @param {EditorState} state @param {Extract<EditEvent, {type: "paste_keys"}>} event @returns {Edited}
 */
export function pasteKeys({ document, selection }, { keys, frame }) {
  const known = Array.isArray(keys) && keys.length <= LIMITS.keys && keys.every((key) => Number.isInteger(key?.frame));
  if (!known || !keys.length || !Number.isFinite(frame)) return { document, selection };
  const frames = keys.map((key) => key.frame);
  const first = Math.min(...frames);
  const span = Math.max(...frames) - first;
  const start = clamp(Math.round(frame), [0, Math.max(0, document.frames - 1 - span)]);
  const pasted = keys
    .map((key) => ({ ...key, frame: key.frame - first + start }))
    .filter((key) => key.frame < document.frames);
  const covered = new Set(pasted.map((key) => key.frame));
  return inOrder(document, [...document.keys.filter((key) => !covered.has(key.frame)), ...pasted], pasted);
}

/**
 * The selected keys, as one, up to their neighbours and no further.
 * @param {EditorState} state @param {Extract<EditEvent, {type: "move_in_time"}>} event @returns {Edited}
 */
export function moveInTime({ document, selection }, { delta }) {
  const { keys, frames } = document;
  const chosen = new Set(selection);
  let [low, high] = [-frames, frames];
  for (const index of selection) {
    const { frame } = keys[index];
    if (!chosen.has(index - 1)) low = Math.max(low, (keys[index - 1]?.frame ?? -1) + 1 - frame);
    if (!chosen.has(index + 1)) high = Math.min(high, (keys[index + 1]?.frame ?? frames) - 1 - frame);
  }
  const shift = clamp(Math.round(delta), [low, high]);
  const moved = keys.map((key, index) => (chosen.has(index) ? { ...key, frame: key.frame + shift } : key));
  return { document: shift && selection.length ? { ...document, keys: moved } : document, selection };
}

/**
 * The document in that many frames: keys stretched with it, or cut off at its end.
 * @param {PathDocument} document @param {number} frames @param {boolean} stretch @returns {PathDocument}
 */
export function retimed(document, frames, stretch) {
  if (frames === document.frames) return document;
  // Confidence is spread over the clip, whatever its length: a stretched one keeps it as it is.
  if (stretch) return { ...document, frames, keys: stretchedKeys(document, frames) };
  return { ...withConfidence(document, cutConfidence(document, frames)), frames, keys: cutKeys(document, frames) };
}

/** Of frames that are added, what the last one had: the camera stands there. @param {PathDocument} document @param {number} frames */
function cutConfidence(document, frames) {
  const { confidence } = doubtOf(document);
  return confidence && Array.from({ length: frames }, (_, frame) => confidence[Math.min(frame, confidence.length - 1)]);
}

/**
 * @param {PathDocument} document @param {number} frames
 * @returns {Key[]} on frames of their own, or on one frame where there are too few
 */
function stretchedKeys({ keys, frames: before }, frames) {
  const factor = (frames - 1) / Math.max(1, before - 1);
  const times = keys.map((key) => Math.round(key.frame * factor));
  for (let i = 1; i < times.length; i++) times[i] = Math.max(times[i], times[i - 1] + 1);
  for (let i = times.length - 1, end = frames - 1; i >= 0; i--, end--) times[i] = Math.min(times[i], end);
  return keys.map((key, i) => ({ ...key, frame: times[i], hold: Math.round(key.hold * factor) }));
}

/**
 * What is cut off leaves a key on the last frame, so that the path still ends where it was.
 * @param {PathDocument} document @param {number} frames @returns {readonly Key[]}
 */
function cutKeys(document, frames) {
  const { keys } = document;
  const kept = keys.filter((key) => key.frame < frames);
  if (kept.length === keys.length || kept[kept.length - 1]?.frame === frames - 1) return kept;
  const [all] = withSplit(document, frames - 1, kept.length - 1);
  return all.filter((key) => key.frame < frames).sort((a, b) => a.frame - b.frame);
}

/** @type {Record<Easing, Easing>} */
const MIRRORED = { linear: "linear", ease_in: "ease_out", ease_out: "ease_in", ease_in_out: "ease_in_out" };

/**
 * The last camera first. What belongs to a segment stays with it; a hold keeps its frames. That of the first key would
 * be lost at the end, where no way goes on: there a second key holds the camera.
 * @param {EditorState} state @returns {Edited}
 */
export function reverse({ document, selection }) {
  const { keys, frames } = document;
  const reversed = keys.map((key, index) => {
    const next = keys[index + 1];
    const hold = next ? Math.min(key.hold, next.frame - key.frame - 1) : 0;
    const { interpolation, easing } = keys[index - 1] ?? key;
    return { ...key, frame: frames - 1 - key.frame - hold, hold, interpolation, easing: MIRRORED[easing] };
  });
  const [first] = reversed;
  const held = first.hold > 0 ? [{ ...first, frame: first.frame + first.hold, hold: 0 }] : [];
  const backwards = withConfidence(document, doubtOf(document).confidence?.toReversed());
  return inOrder(backwards, [...reversed, ...held], selection.map((index) => reversed[index]));
}
