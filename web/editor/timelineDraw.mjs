// Paints the timeline: ruler, doubtful frames, segments with the words of their easing, holds, keys, errors of an achieved
// path, selection box, playhead.

import { doubtOf } from "./doubt.mjs";
import { drawErrors } from "./errorStrip.mjs";
import { drawHatch } from "./hatch.mjs";
import {
  ERRORS_HEIGHT,
  frameToX,
  HEIGHT,
  holdEnd,
  KEY_ROW,
  MARGIN,
  RULER_HEIGHT,
  secondTicks,
  ticks,
  WORD_ROW,
} from "./timelineMath.mjs";
import { formatNumber } from "./units.mjs";

/** @typedef {import("./timelineMath.mjs").Strip} Strip */
/** @typedef {import("../view/theme.mjs").Theme} Theme */
/** @typedef {import("./reduce.mjs").EditorState} EditorState */
/** @typedef {import("./document.mjs").Key} Key */

/**
 * @typedef {object} Look
 * @property {Theme} theme
 * @property {"frame" | "s"} timeUnit
 * @property {(key: Key) => string} word of a segment
 * @property {{from: number, to: number} | null} box x of the selection box
 * @property {number | null} hover index of the key under the pointer
 * @property {import("./comparison.mjs").Errors | null} errors of the path that a run achieved
 */

const KEY_SIZE = 5.5;
const SMALL_KEY_SIZE = 4;
/** Keys nearer to each other than this are drawn small. */
const CROWDED = 12;

/** Of the whole strip, CSS pixels. @param {Pick<Look, "errors">} look */
export const heightOf = ({ errors }) => HEIGHT + (errors ? ERRORS_HEIGHT : 0);

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {EditorState} state @param {Strip} strip @param {Look} look
 */
export function drawTimeline(context, state, strip, look) {
  context.clearRect(0, 0, strip.width, heightOf(look));
  context.textBaseline = "middle";
  drawHatch(context, doubtOf(state.document).runs, strip, { color: look.theme.foreground, top: RULER_HEIGHT, bottom: HEIGHT });
  drawRuler(context, state, strip, look);
  drawSegments(context, state, strip, look);
  drawKeys(context, state, strip, look);
  if (look.errors) drawErrors(context, look.errors, state.document.frames, strip, look.theme);
  drawPlayhead(context, state, strip, look);
  if (look.box) drawBox(context, look.box, look.theme);
}

/** @param {CanvasRenderingContext2D} context @param {EditorState} state @param {Strip} strip @param {Look} look */
function drawRuler(context, { document }, strip, { theme, timeUnit }) {
  const inSeconds = timeUnit === "s";
  const marks = inSeconds ? secondTicks(strip, 46, document.fps) : ticks(strip, 40).frames;
  const small = inSeconds ? secondTicks(strip, 9, document.fps) : ticks(strip, 7).frames;
  context.strokeStyle = theme.border;
  context.lineWidth = 1;
  line(
    context,
    small.map((frame) => [frameToX(frame, strip), RULER_HEIGHT - 3, RULER_HEIGHT]),
  );
  line(
    context,
    marks.map((frame) => [frameToX(frame, strip), RULER_HEIGHT - 6, RULER_HEIGHT]),
  );
  line(context, [[MARGIN / 2, RULER_HEIGHT, RULER_HEIGHT]]);
  context.fillStyle = theme.muted;
  context.font = `10px ${theme.font}`;
  context.textAlign = "center";
  for (const frame of marks) {
    const text = inSeconds ? `${formatNumber(frame / document.fps, 2)} s` : formatNumber(frame, 0);
    context.fillText(text, frameToX(frame, strip), 7);
  }
}

/** Vertical lines, on whole pixels. @param {CanvasRenderingContext2D} context @param {number[][]} lines x, from y, to y */
function line(context, lines) {
  context.beginPath();
  for (const [x, from, to] of lines) {
    context.moveTo(Math.round(x) + 0.5, from);
    context.lineTo(Math.round(x) + 0.5, to);
  }
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {EditorState} state @param {Strip} strip @param {Look} look */
function drawSegments(context, { document, selection }, strip, { theme, word }) {
  const { keys } = document;
  for (let index = 0; index + 1 < keys.length; index++) {
    const [from, rest, to] = [keys[index].frame, holdEnd(keys, index), keys[index + 1].frame].map((frame) =>
      frameToX(frame, strip),
    );
    const isSelected = selection.includes(index);
    if (isSelected && !theme.dark) drawCasing(context, from, to, theme);
    context.strokeStyle = isSelected ? theme.selection : theme.path;
    drawCourse(context, keys[index], rest, to);
    if (rest > from) drawHold(context, from, rest);
    drawWord(context, word(keys[index]), from, to, theme);
  }
}

/** Yellow on white would vanish. @param {CanvasRenderingContext2D} context @param {number} from @param {number} to @param {Theme} theme */
function drawCasing(context, from, to, theme) {
  context.strokeStyle = theme.casing;
  context.lineWidth = 4.5;
  context.beginPath();
  context.moveTo(from, KEY_ROW);
  context.lineTo(to, KEY_ROW);
  context.stroke();
}

/** The way from hold to next key: a dashed line where it is linear. @param {CanvasRenderingContext2D} context @param {Key} key @param {number} from @param {number} to */
function drawCourse(context, key, from, to) {
  context.lineWidth = 2;
  context.setLineDash(key.interpolation === "linear" ? [4, 3] : []);
  context.beginPath();
  context.moveTo(from, KEY_ROW);
  context.lineTo(to, KEY_ROW);
  context.stroke();
  context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {number} from @param {number} to */
function drawHold(context, from, to) {
  context.lineWidth = 7;
  context.beginPath();
  context.moveTo(from, KEY_ROW);
  context.lineTo(to, KEY_ROW);
  context.stroke();
  context.lineWidth = 2;
  line(context, [[to, KEY_ROW - 7, KEY_ROW + 7]]);
}

/** @param {CanvasRenderingContext2D} context @param {string} word @param {number} from @param {number} to @param {Theme} theme */
function drawWord(context, word, from, to, theme) {
  context.font = `10px ${theme.font}`;
  context.textAlign = "center";
  context.fillStyle = theme.muted;
  if (context.measureText(word).width < to - from - 8) context.fillText(word, (from + to) / 2, WORD_ROW);
}

/** @param {CanvasRenderingContext2D} context @param {EditorState} state @param {Strip} strip @param {Look} look */
function drawKeys(context, { document, selection }, strip, { theme, hover }) {
  const xs = document.keys.map((key) => frameToX(key.frame, strip));
  for (const [index, x] of xs.entries()) {
    const crowded = Math.min(x - (xs[index - 1] ?? -Infinity), (xs[index + 1] ?? Infinity) - x) < CROWDED;
    const isSelected = selection.includes(index);
    const size = (crowded ? SMALL_KEY_SIZE : KEY_SIZE) + (index === hover ? 1.5 : 0);
    diamond(context, x, size + (isSelected ? 1 : 0));
    context.fillStyle = isSelected ? theme.selection : theme.path;
    context.fill();
    context.strokeStyle = isSelected ? theme.foreground : theme.casing;
    context.lineWidth = isSelected ? 1.5 : 1;
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} size */
function diamond(context, x, size) {
  context.beginPath();
  context.moveTo(x, KEY_ROW - size);
  context.lineTo(x + size, KEY_ROW);
  context.lineTo(x, KEY_ROW + size);
  context.lineTo(x - size, KEY_ROW);
  context.closePath();
}

/** @param {CanvasRenderingContext2D} context @param {EditorState} state @param {Strip} strip @param {Look} look */
function drawPlayhead(context, { playhead }, strip, look) {
  const { theme } = look;
  const x = Math.round(frameToX(playhead, strip)) + 0.5;
  context.strokeStyle = theme.foreground;
  context.fillStyle = theme.foreground;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, RULER_HEIGHT - 2);
  context.lineTo(x, heightOf(look) - 2);
  context.stroke();
  context.beginPath();
  context.moveTo(x - 5, RULER_HEIGHT - 7);
  context.lineTo(x + 5, RULER_HEIGHT - 7);
  context.lineTo(x, RULER_HEIGHT);
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {{from: number, to: number}} box @param {Theme} theme */
function drawBox(context, { from, to }, theme) {
  context.strokeStyle = theme.selection;
  context.fillStyle = theme.selection;
  context.lineWidth = 1;
  const [left, width] = [Math.min(from, to), Math.abs(to - from)];
  context.globalAlpha = 0.15;
  context.fillRect(left, RULER_HEIGHT + 2, width, HEIGHT - RULER_HEIGHT - 4);
  context.globalAlpha = 1;
  context.strokeRect(left + 0.5, RULER_HEIGHT + 2.5, width, HEIGHT - RULER_HEIGHT - 5);
}
