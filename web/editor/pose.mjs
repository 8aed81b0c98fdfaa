// A camera in the words of people: right, up, forward; pan, tilt, roll; distance to the subject. No DOM.
// The world has OpenCV axes (x right, y down, z forward): up is -y.

import { matrixFromQuat, quatFromAxisAngleDeg, quatMultiply, quatNormalize } from "../math/rotation.mjs";
import { add, length, normalize, scale, subtract } from "../math/vec.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/rotation.mjs").Quat} Quat */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */

/** @param {Vec3} position @returns {{right: number, up: number, forward: number}} */
export const placeFromPosition = ([x, y, z]) => ({ right: x, up: 0 - y, forward: z });

/** @param {{right: number, up: number, forward: number}} place @returns {Vec3} */
export const positionFromPlace = ({ right, up, forward }) => [right, 0 - up, forward];

const DEG = 180 / Math.PI;

/** Nearer to straight up or down than this (radians), pan and roll turn about one axis; all is called pan. */
const GIMBAL = 1e-6;

/**
 * Pan to the right, tilt upwards and roll clockwise, in degrees: the camera is panned, then tilted, then rolled.
 * @param {Quat} rotation @returns {{pan: number, tilt: number, roll: number}}
 */
export function turnsFromRotation(rotation) {
  const m = matrixFromQuat(rotation);
  const tilt = Math.asin(Math.min(1, Math.max(-1, -m[5])));
  if (Math.abs(tilt) > Math.PI / 2 - GIMBAL) return { pan: Math.atan2(-m[6], m[0]) * DEG, tilt: tilt * DEG, roll: 0 };
  return { pan: Math.atan2(m[2], m[8]) * DEG, tilt: tilt * DEG, roll: Math.atan2(m[3], m[4]) * DEG };
}

/** @param {{pan: number, tilt: number, roll: number}} turns degrees @returns {Quat} */
export function rotationFromTurns({ pan, tilt, roll }) {
  const panned = quatFromAxisAngleDeg([0, 1, 0], pan);
  const tilted = quatMultiply(panned, quatFromAxisAngleDeg([1, 0, 0], tilt));
  return quatNormalize(quatMultiply(tilted, quatFromAxisAngleDeg([0, 0, 1], roll)));
}

/**
 * The keys that numbers are about: the selected ones, or the one that the playhead stands on.
 * @param {Pick<import("./reduce.mjs").EditorState, "document" | "selection" | "playhead">} state @returns {number[]}
 */
export function meantKeys({ document, selection, playhead }) {
  if (selection.length) return selection;
  const here = document.keys.findIndex((key) => key.frame === playhead);
  return here < 0 ? [] : [here];
}

/** From the path's first camera to the subject: what a "subject distance" is. @param {PathDocument} document */
export const subjectDistance = (document) => length(subjectOffset(document));

/** @param {PathDocument} document */
const subjectOffset = (document) => subtract(document.subject, document.keys[0].position);

/** The subject moved along the line from the first camera. @param {PathDocument} document @param {number} distance @returns {Vec3} */
export function subjectAtDistance(document, distance) {
  const offset = subjectOffset(document);
  const direction = length(offset) > 1e-9 ? normalize(offset) : /** @type {Vec3} */ ([0, 0, 1]);
  return add(document.keys[0].position, scale(direction, distance));
}

/** The middle of the keys' positions: what a path is turned and scaled about. @param {PathDocument} document @returns {Vec3} */
export function middleOfKeys({ keys }) {
  const sum = keys.reduce((/** @type {Vec3} */ total, key) => add(total, key.position), [0, 0, 0]);
  return scale(sum, 1 / keys.length);
}
