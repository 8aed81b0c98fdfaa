// What the people around a view may set, and how lengths read. Asked for at each drawing, so that a change shows at once.

import { convert, formatNumber, formatQuantity } from "../editor/units.mjs";
import { distance } from "../math/vec.mjs";

/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */

/**
 * @typedef {object} ViewOptions
 * @property {import("./theme.mjs").Theme} [theme] instead of the page's
 * @property {{on: boolean, position: number, degrees: number, scale?: number}} [snap] scene units, degrees, factor
 * @property {boolean} [safeAreas]
 * @property {"mm" | "deg"} [lensUnit]
 * @property {"u" | "sd"} [positionUnit] scene units or subject distances
 * @property {boolean} [invertWheel]
 * @property {"center" | "subject" | "first"} [pivot] about which several keys are turned and scaled
 * @property {boolean} [compass] the clickable axes in the corner; shown unless false
 * @property {boolean} [boxSelect] a drag on empty ground selects instead of orbiting, for those without a keyboard
 * @property {() => import("./camera.mjs").Rect[]} [covered] what lies over the canvas, for fitting the view beside it
 * @property {Partial<Words>} [words] in the person's language
 */

/** @typedef {{right: string, up: string, forward: string, frame: string}} Words */

/** @type {Words} */
const ENGLISH = { right: "right", up: "up", forward: "forward", frame: "frame" };

/** @param {ViewOptions} options @returns {Words} */
export const wordsOf = (options) => ({ ...ENGLISH, ...options.words });

/**
 * From the first key to the subject: what moves are told in, and what the scene's sizes go by.
 * @param {PathDocument} document
 */
export const subjectDistance = (document) => distance(document.keys[0].position, document.subject) || 1;

/**
 * "0.25 u" or "0.25 sd".
 * @param {number} length scene units @param {PathDocument} document @param {ViewOptions} options
 */
export function lengthText(length, document, options) {
  const unit = options.positionUnit ?? "u";
  const context = { subjectDistance: subjectDistance(document), fps: document.fps };
  return formatQuantity(convert(length, "u", unit, context) ?? length, unit);
}

/** "+0.25 u". @param {number} length @param {PathDocument} document @param {ViewOptions} options */
export function signedLengthText(length, document, options) {
  const text = lengthText(length, document, options);
  return length > 0 ? `+${text}` : text;
}

/** @param {number} degrees */
export const degreesText = (degrees) => `${degrees > 0 ? "+" : ""}${formatNumber(degrees, 1)}°`;
