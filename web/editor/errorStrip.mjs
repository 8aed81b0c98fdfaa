// Requested against achieved, frame by frame, below the keys of the timeline: degrees above, subject distances beneath, each
// on a lane of its own with the tolerance as a dashed line. What is beyond it is darker and stands out of the line.

import { runsOfDoubt } from "../math/doubt.mjs";
import { drawHatch } from "./hatch.mjs";
import { ERRORS_HEIGHT, frameToX, HEIGHT } from "./timelineMath.mjs";
import { formatNumber } from "./units.mjs";

/** @typedef {import("./comparison.mjs").Errors} Errors */
/** @typedef {import("./timelineMath.mjs").Strip} Strip */
/** @typedef {import("../view/theme.mjs").Theme} Theme */

/** @typedef {{values: number[], limit: number | null, top: number, bottom: number, unit: string, digits: number}} Lane */

const GAP = 3;
/** The tolerance lies at least this far down its lane, so that what is beyond it has room. */
const HEADROOM = 1.35;
/** Of a lane in which nothing is off. */
const LEAST = 1e-9;

/** @param {Errors} errors @returns {Lane[]} */
function lanesOf({ rotation_deg, position, tolerance }) {
  const height = (ERRORS_HEIGHT - 3 * GAP) / 2;
  const [first, second] = [HEIGHT + GAP, HEIGHT + 2 * GAP + height];
  return [
    { values: rotation_deg, limit: tolerance?.rotation_deg ?? null, top: first, bottom: first + height, unit: "°", digits: 1 },
    { values: position, limit: tolerance?.position ?? null, top: second, bottom: second + height, unit: " sd", digits: 3 },
  ];
}

/** What the top of a lane stands for. @param {Pick<Lane, "values" | "limit">} lane */
export const scaleOfLane = ({ values, limit }) => Math.max(LEAST, HEADROOM * (limit ?? 0), ...values);

/**
 * @param {CanvasRenderingContext2D} context @param {Errors} errors @param {number} frames of the clip
 * @param {Strip} strip @param {Theme} theme
 */
export function drawErrors(context, errors, frames, strip, theme) {
  const perValue = (frames - 1) / Math.max(1, errors.position.length - 1);
  const xOf = (/** @type {number} */ index) => frameToX(index * perValue, strip);
  for (const lane of lanesOf(errors)) drawLane(context, lane, xOf, strip, theme);
  const runs = runsOfDoubt(errors.doubtful.map((isDoubtful) => (isDoubtful ? 0 : 1)));
  const shifted = runs.map(([first, last]) => /** @type {[number, number]} */ ([first * perValue, last * perValue]));
  drawHatch(context, shifted, strip, { color: theme.foreground, top: HEIGHT, bottom: HEIGHT + ERRORS_HEIGHT - GAP });
}

/**
 * @param {CanvasRenderingContext2D} context @param {Lane} lane @param {(index: number) => number} xOf @param {Strip} strip
 * @param {Theme} theme
 */
function drawLane(context, lane, xOf, strip, theme) {
  const { values, limit, top, bottom } = lane;
  const perUnit = (bottom - top) / scaleOfLane(lane);
  const yOf = (/** @type {number} */ value) => bottom - value * perUnit;
  const area = () => {
    context.beginPath();
    context.moveTo(xOf(0), bottom);
    values.forEach((value, index) => context.lineTo(xOf(index), yOf(value)));
    context.lineTo(xOf(values.length - 1), bottom);
    context.closePath();
  };
  context.save();
  context.beginPath();
  context.rect(0, top, strip.width, bottom - top + 0.5);
  context.clip();
  area();
  context.fillStyle = theme.achieved;
  context.globalAlpha = 0.55;
  context.fill();
  if (limit !== null) fillBeyond(context, area, yOf(limit), top, strip, theme);
  context.globalAlpha = 1;
  context.strokeStyle = theme.achieved;
  context.lineWidth = 1.25;
  area();
  context.stroke();
  if (limit !== null) drawLimit(context, yOf(limit), strip, theme);
  context.restore();
  drawScale(context, lane, theme);
}

/**
 * @param {CanvasRenderingContext2D} context @param {() => void} area @param {number} y of the tolerance
 * @param {number} top @param {Strip} strip @param {Theme} theme
 */
function fillBeyond(context, area, y, top, strip, theme) {
  context.save();
  context.beginPath();
  context.rect(0, top, strip.width, y - top);
  context.clip();
  area();
  context.fillStyle = theme.axes[0];
  context.globalAlpha = 0.95;
  context.fill();
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {number} y @param {Strip} strip @param {Theme} theme */
function drawLimit(context, y, strip, theme) {
  context.strokeStyle = theme.foreground;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(0, Math.round(y) + 0.5);
  context.lineTo(strip.width, Math.round(y) + 0.5);
  context.stroke();
  context.setLineDash([]);
}

/** The largest error, in the corner of its lane. @param {CanvasRenderingContext2D} context @param {Lane} lane @param {Theme} theme */
function drawScale(context, { values, unit, digits, top }, theme) {
  const text = `${formatNumber(Math.max(...values), digits)}${unit}`;
  context.font = `10px ${theme.font}`;
  context.textAlign = "left";
  const width = context.measureText(text).width;
  context.fillStyle = theme.background;
  context.globalAlpha = 0.9;
  context.fillRect(0, top, width + 6, 12);
  context.globalAlpha = 1;
  context.fillStyle = theme.muted;
  context.fillText(text, 3, top + 6.5);
}
