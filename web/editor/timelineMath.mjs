// Where frames and keys lie on the timeline, and what the pointer is over. Pixels are CSS pixels of the strip. No DOM.

import { niceStep } from "../math/niceStep.mjs";

/** @typedef {import("./document.mjs").Key} Key */

/** Frames at the left and right end of the strip. @typedef {{first: number, last: number}} Span */
/** @typedef {{width: number, span: Span}} Strip */
/** @typedef {{kind: "key" | "hold" | "segment", index: number} | {kind: "ruler" | "empty"}} Hit */

/** Room beside the first and last frame, so that their keys are whole. */
export const MARGIN = 12;
export const RULER_HEIGHT = 18;
export const HEIGHT = 62;
/** Of the errors of an achieved path, which stand below the rest. */
export const ERRORS_HEIGHT = 54;
/** The middle of the keys' row. */
export const KEY_ROW = 34;
/** Where the words of the segments stand. */
export const WORD_ROW = 54;

/** How near the pointer must come. @type {Record<string, number>} */
const REACH = { mouse: 8, pen: 11, touch: 17 };

/** The fewest frames a zoomed strip shows. */
const FEWEST_FRAMES = 8;

/** @param {number} frame @param {Strip} strip */
export const frameToX = (frame, { width, span }) =>
  MARGIN + ((frame - span.first) / Math.max(1, span.last - span.first)) * (width - 2 * MARGIN);

/** Fractional. @param {number} x @param {Strip} strip */
export const xToFrame = (x, { width, span }) =>
  span.first + ((x - MARGIN) / Math.max(1, width - 2 * MARGIN)) * Math.max(1, span.last - span.first);

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The whole frame under x, within the path. @param {number} x @param {Strip} strip @param {number} frames */
export const frameAt = (x, strip, frames) => clamp(Math.round(xToFrame(x, strip)), 0, frames - 1);

/** @param {number} frames @returns {Span} */
export const wholeSpan = (frames) => ({ first: 0, last: Math.max(1, frames - 1) });

/**
 * The span after zooming: the frame under the pointer stays under it.
 * @param {Strip} strip @param {number} x @param {number} factor above 1 shows fewer frames @param {number} frames
 * @returns {Span}
 */
export function zoomed(strip, x, factor, frames) {
  const whole = wholeSpan(frames);
  const { span } = strip;
  const length = clamp((span.last - span.first) / factor, Math.min(FEWEST_FRAMES, whole.last), whole.last);
  const anchor = clamp(xToFrame(x, strip), span.first, span.last);
  const share = (anchor - span.first) / (span.last - span.first);
  return shifted({ first: anchor - share * length, last: anchor + (1 - share) * length }, 0, frames);
}

/** The span moved by frames, stopped at the ends of the path. @param {Span} span @param {number} delta @param {number} frames @returns {Span} */
export function shifted(span, delta, frames) {
  const whole = wholeSpan(frames);
  const length = Math.min(span.last - span.first, whole.last);
  const first = clamp(span.first + delta, 0, whole.last - length);
  return { first, last: first + length };
}

/** Frames of marks at least `room` pixels apart: 1, 2, 5, 10 ... frames. @param {Strip} strip @param {number} room */
export function ticks(strip, room) {
  const perFrame = (strip.width - 2 * MARGIN) / Math.max(1, strip.span.last - strip.span.first);
  return { frames: multiples(niceStep(Math.max(1, room / perFrame)), strip.span) };
}

/** Frames of marks at round seconds. @param {Strip} strip @param {number} room @param {number} fps */
export function secondTicks(strip, room, fps) {
  const perSecond = (fps * (strip.width - 2 * MARGIN)) / Math.max(1, strip.span.last - strip.span.first);
  const step = niceStep(Math.max(1, (100 * room) / perSecond)) / 100;
  const { first, last } = strip.span;
  return multiples(step, { first: first / fps, last: last / fps }).map((second) => second * fps);
}

/** @param {number} step @param {Span} span */
function multiples(step, { first, last }) {
  const count = Math.floor(last / step + 1e-9) - Math.ceil(first / step - 1e-9) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (Math.ceil(first / step - 1e-9) + index) * step);
}

/** The frame at which the camera leaves a key. @param {readonly Key[]} keys @param {number} index */
export function holdEnd(keys, index) {
  const key = keys[index];
  const next = keys[index + 1];
  return next ? key.frame + Math.min(key.hold, next.frame - key.frame - 1) : key.frame;
}

/**
 * What lies under the pointer: keys before holds before segments, the nearest of each. Errors are scrubbed as the ruler is.
 * @param {{x: number, y: number}} point @param {readonly Key[]} keys @param {Strip} strip
 * @param {string} [pointerType] "mouse", "pen" or "touch"
 * @returns {Hit}
 */
export function hitTimeline({ x, y }, keys, strip, pointerType = "mouse") {
  if (y < RULER_HEIGHT || y > HEIGHT) return { kind: "ruler" };
  const reach = REACH[pointerType] ?? REACH.mouse;
  const key = nearest(
    keys.map((each) => frameToX(each.frame, strip)),
    x,
    reach,
  );
  if (key >= 0) return { kind: "key", index: key };
  const holds = keys.map((each, index) => (each.hold > 0 ? frameToX(holdEnd(keys, index), strip) : Infinity));
  const hold = nearest(holds, x, reach);
  if (hold >= 0) return { kind: "hold", index: hold };
  const frame = xToFrame(x, strip);
  const segment = keys.findIndex(
    (each, index) => index + 1 < keys.length && frame >= each.frame && frame < keys[index + 1].frame,
  );
  return segment >= 0 && y > KEY_ROW + reach ? { kind: "segment", index: segment } : { kind: "empty" };
}

/** @param {number[]} places @param {number} x @param {number} reach */
function nearest(places, x, reach) {
  let best = -1;
  for (const [index, place] of places.entries()) {
    if (Math.abs(place - x) <= reach && (best < 0 || Math.abs(place - x) < Math.abs(places[best] - x))) best = index;
  }
  return best;
}

/** Keys whose middle lies between two x. @param {number} from @param {number} to @param {readonly Key[]} keys @param {Strip} strip */
export function keysBetween(from, to, keys, strip) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  return keys.flatMap(({ frame }, index) => {
    const x = frameToX(frame, strip);
    return x >= low && x <= high ? [index] : [];
  });
}
