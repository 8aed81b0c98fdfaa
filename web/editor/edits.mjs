// Edits of a document, each a pure function (state, event) -> {document, selection}. Nothing is checked here:
// reduce.mjs puts every result through documentFrom and ignores an edit that would break the document.

import {
  lookAt, quatConjugate, quatFromAxisAngleDeg, quatMultiply, quatNormalize, quatRotate,
} from "../math/rotation.mjs";
import { add, distance, scale, subtract } from "../math/vec.mjs";
import { LIMITS } from "./document.mjs";
import { addKey, clamp, deleteKeys, duplicateKeys, inOrder, moveInTime, pasteKeys, retimed, reverse } from "./timing.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/rotation.mjs").Quat} Quat */
/** @typedef {import("./document.mjs").Key} Key */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */
/** @typedef {import("./reduce.mjs").EditorState} EditorState */
/** @typedef {import("./reduce.mjs").EditEvent} EditEvent */
/** @typedef {{document: PathDocument, selection: number[]}} Edited */

/** Turns a camera to look along its own z from under the world's axes. @type {Vec3} */
const FORWARD = [0, 0, 1];

/** Nearer than this a point gives no direction to look in. */
const NOWHERE = 1e-9;

/** @param {PathDocument} document @param {Key} key what is left of its rotation over looking at the subject */
const framingOf = (document, key) =>
  quatMultiply(quatConjugate(lookAt(key.position, document.subject)), key.rotation);

/**
 * The key where it stands now. While the path is aimed at the subject, a key that is moved keeps its framing of it.
 * @param {PathDocument} document before the edit @param {Key} key before it
 * @param {Vec3} position @param {Quat} rotation of a key that is free
 * @returns {Key}
 */
function moved(document, key, position, rotation) {
  const aimed = document.aim === "subject";
  const turned = aimed ? quatMultiply(lookAt(position, document.subject), framingOf(document, key)) : rotation;
  return { ...key, position, rotation: quatNormalize(turned) };
}

/**
 * @param {PathDocument} document @param {readonly number[]} indexes @param {(key: Key) => Key} edit
 * @returns {PathDocument}
 */
function withKeys(document, indexes, edit) {
  const chosen = new Set(indexes);
  return { ...document, keys: document.keys.map((key, index) => (chosen.has(index) ? edit(key) : key)) };
}

/** @param {EditorState} state @param {Extract<EditEvent, {type: "set_keys"}>} event @returns {Edited} */
function setKeys({ document, selection }, { patch }) {
  const { frame, position, ...rest } = patch;
  if (rest.hfov_deg !== undefined) rest.hfov_deg = clamp(rest.hfov_deg, LIMITS.hfovDeg);
  if (rest.hold !== undefined) rest.hold = clamp(Math.round(rest.hold), LIMITS.hold);
  if (rest.rotation) rest.rotation = quatNormalize(rest.rotation);
  const edited = withKeys(document, selection, (key) => ({
    ...(position ? moved(document, key, position, key.rotation) : key),
    ...rest,
  }));
  if (frame === undefined || selection.length !== 1) return { document: edited, selection };
  return atFrame(edited, selection[0], frame);
}

/**
 * The key of that index at a frame, or at the nearest one that no other key has.
 * @param {PathDocument} document @param {number} index @param {number} frame @returns {Edited}
 */
function atFrame(document, index, frame) {
  const taken = new Set(document.keys.filter((_, i) => i !== index).map((key) => key.frame));
  const wanted = clamp(Math.round(frame), [0, document.frames - 1]);
  for (let away = 0; away < document.frames; away++) {
    const free = [wanted - away, wanted + away].find((f) => f >= 0 && f < document.frames && !taken.has(f));
    if (free !== undefined) {
      const key = { ...document.keys[index], frame: free };
      return inOrder(document, document.keys.map((other, i) => (i === index ? key : other)), [key]);
    }
  }
  return { document, selection: [index] };
}

/** @param {EditorState} state @param {Extract<EditEvent, {type: "transform"}>} event @returns {Edited} */
function transform({ document, selection }, event) {
  const { indexes = selection, pivot = [0, 0, 0], rotation = [1, 0, 0, 0], translation = [0, 0, 0] } = event;
  const turn = quatNormalize(rotation);
  const chosen = indexes === "all" ? document.keys.map((_, index) => index) : indexes;
  return {
    selection,
    document: withKeys(document, chosen, (key) => {
      const arm = quatRotate(turn, subtract(key.position, pivot));
      const turned = { ...key, position: add(pivot, arm), rotation: quatMultiply(turn, key.rotation) };
      const position = add(add(pivot, scale(arm, event.scale ?? 1)), translation);
      return moved(document, turned, position, turned.rotation);
    }),
  };
}

/**
 * The key turned to look at a point; its roll against the horizon stays.
 * @param {Key} key @param {Vec3} point @returns {Key}
 */
function lookingAt(key, point) {
  if (distance(key.position, point) < NOWHERE) return key;
  const ahead = add(key.position, quatRotate(key.rotation, FORWARD));
  const roll = quatMultiply(quatConjugate(lookAt(key.position, ahead)), key.rotation);
  return { ...key, rotation: quatNormalize(quatMultiply(lookAt(key.position, point), roll)) };
}

/** @param {EditorState} state @param {Extract<EditEvent, {type: "aim_at"}>} event @returns {Edited} */
const aimAt = ({ document, selection }, { point }) => ({
  selection,
  document: withKeys(document, selection, (key) => lookingAt(key, point)),
});

/** @param {EditorState} state @param {Extract<EditEvent, {type: "roll"}>} event @returns {Edited} */
function roll({ document, selection }, { deg }) {
  const turn = quatFromAxisAngleDeg(FORWARD, deg);
  const rolled = withKeys(document, selection, (key) => ({
    ...key,
    rotation: quatNormalize(quatMultiply(key.rotation, turn)),
  }));
  return { document: rolled, selection };
}

/** @param {EditorState} state @param {Extract<EditEvent, {type: "set_path"}>} event @returns {Edited} */
function setPath({ document, selection }, { patch, stretch = false, look = false }) {
  const { frames = document.frames, ...rest } = patch;
  const timed = retimed(document, frames, stretch);
  const next = { ...timed, ...rest };
  const subject = next.subject;
  /** @param {Key} key @returns {Key} */
  const keepFraming = (key) => ({
    ...key,
    rotation: quatNormalize(quatMultiply(lookAt(key.position, subject), framingOf(document, key))),
  });
  const follows = patch.subject && document.aim === "subject" && next.aim === "subject";
  const edit = look ? (/** @type {Key} */ key) => lookingAt(key, subject) : follows ? keepFraming : null;
  return { document: edit ? { ...next, keys: next.keys.map(edit) } : next, selection };
}

/** @param {EditorState} _state @param {Extract<EditEvent, {type: "replace"}>} event @returns {Edited} */
const replace = (_state, { document }) => ({ document, selection: [] });

/** @type {{[T in EditEvent["type"]]: (state: EditorState, event: Extract<EditEvent, {type: T}>) => Edited}} */
export const EDITS = {
  add_key: addKey,
  delete_keys: deleteKeys,
  duplicate_keys: duplicateKeys,
  paste_keys: pasteKeys,
  move_in_time: moveInTime,
  set_keys: setKeys,
  transform,
  aim_at: aimAt,
  roll,
  set_path: setPath,
  replace,
  reverse,
};
