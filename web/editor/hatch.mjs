// Doubtful frames on the timeline: slanted lines, which no other mark has, so that they are told without colour.

import { frameToX } from "./timelineMath.mjs";

/** @typedef {import("./timelineMath.mjs").Strip} Strip */
/** @typedef {import("../math/doubt.mjs").DoubtRun} DoubtRun */

/** Pixels between the lines. */
const GAP = 5;

/**
 * @param {CanvasRenderingContext2D} context @param {readonly DoubtRun[]} runs @param {Strip} strip
 * @param {{color: string, top: number, bottom: number}} look
 */
export function drawHatch(context, runs, strip, { color, top, bottom }) {
  for (const [first, last] of runs) {
    const [left, right] = [frameToX(first - 0.5, strip), frameToX(last + 0.5, strip)].map((x) => clamp(x, 0, strip.width));
    if (right <= left) continue;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.strokeStyle = color;
    context.lineWidth = 1;
    context.globalAlpha = 0.38;
    context.beginPath();
    // The lines of all runs belong to one pattern that stays with the frames.
    for (let x = left - (left % GAP) - (bottom - top); x < right; x += GAP) {
      context.moveTo(x, bottom);
      context.lineTo(x + bottom - top, top);
    }
    context.stroke();
    context.restore();
  }
}

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
