// Numbers with units, as people type and read them: "35 mm", "12°", "1,5", "0.3 sd", "2 s". No DOM.

import { hfovFromMm, mmFromHfov } from "../math/lens.mjs";

/** @typedef {"u" | "sd" | "deg" | "mm" | "frame" | "s" | "fps" | "px" | "x"} Unit u: scene unit; sd: subject distance; x: factor */

/** What may stand behind a number. @type {Record<string, Unit>} */
const SPELLINGS = {
  u: "u",
  unit: "u",
  units: "u",
  m: "u",
  sd: "sd",
  "°": "deg",
  deg: "deg",
  degree: "deg",
  degrees: "deg",
  d: "deg",
  mm: "mm",
  f: "frame",
  frame: "frame",
  frames: "frame",
  s: "s",
  sec: "s",
  second: "s",
  seconds: "s",
  fps: "fps",
  px: "px",
  x: "x",
  "×": "x",
};

const NUMBER_WITH_UNIT = /^([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?)\s*(\S*)$/i;

/**
 * @param {string} text
 * @returns {{value: number, unit: Unit | null} | null} null: not a number with a unit that we know
 */
export function parseQuantity(text) {
  const match = NUMBER_WITH_UNIT.exec(text.trim().replace("\u2212", "-"));
  if (!match) return null;
  const value = Number(match[1].replace(",", "."));
  const spelling = match[2].toLowerCase();
  if (!Number.isFinite(value) || (spelling && !Object.hasOwn(SPELLINGS, spelling))) return null;
  return { value, unit: spelling ? SPELLINGS[spelling] : null };
}

/** What one unit is worth in others: {context} of the document at hand. @typedef {{subjectDistance: number, fps: number}} UnitContext */

/** Each family of units, as factors to its first unit. @param {UnitContext} context @returns {Partial<Record<Unit, number>>[]} */
const families = ({ subjectDistance, fps }) => [
  { u: 1, sd: subjectDistance },
  { frame: 1, s: fps },
];

/**
 * A value in another unit of the same family; null where there is no way.
 * @param {number} value @param {Unit} from @param {Unit} to @param {UnitContext} context
 */
export function convert(value, from, to, context) {
  if (from === to) return value;
  if (from === "mm" && to === "deg") return value > 0 ? hfovFromMm(value) : null;
  if (from === "deg" && to === "mm") return value > 0 && value < 180 ? mmFromHfov(value) : null;
  const family = families(context).find((units) => from in units && to in units);
  return family ? (value * Number(family[from])) / Number(family[to]) : null;
}

/**
 * Typed text as a number in `native`, by no other unit: 60° stays 60 where millimetres are shown.
 * @param {string} text @param {Unit} shown what is meant where no unit is typed @param {Unit} native what comes back
 * @param {UnitContext} context
 * @returns {number | null}
 */
export function parseAs(text, shown, native, context) {
  const quantity = parseQuantity(text);
  return quantity && convert(quantity.value, quantity.unit ?? shown, native, context);
}

/** Whether two numbers are one but for rounding. @param {number} a @param {number} b */
export const isSameNumber = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-3);

/** Units that a number of one may be typed in. @type {Partial<Record<Unit, Unit[]>>} */
const TYPED = { u: ["u", "sd"], sd: ["u", "sd"], frame: ["frame", "s"], s: ["frame", "s"] };

/** What a typed text may be, where it was refused. @typedef {{range: [string, string], units?: undefined} | {units: string[], range?: undefined}} Refusal */

/** @param {readonly [number, number]} range @param {Unit} unit @returns {Refusal} */
export const outside = ([low, high], unit) => ({ range: [formatQuantity(low, unit), formatQuantity(high, unit)] });

/**
 * Why `parseAs` refuses a text: its unit is right and there is no such lens, or it is no number with a unit that fits.
 * @param {string} text @param {Unit} shown @param {Unit} native @param {readonly [number, number]} range of the native value
 * @returns {Refusal}
 */
export function refusalOf(text, shown, native, range) {
  const quantity = parseQuantity(text);
  const unit = quantity && (quantity.unit ?? shown);
  if (native === "deg" && (unit === "mm" || unit === "deg")) return outside(range, native);
  /** @type {Unit[]} */
  const units = shown === "mm" ? ["mm", "deg"] : (TYPED[native] ?? [native]);
  return { units: units.map((each) => SIGNS[each]) };
}

/** Digits after the point for a unit. @type {Record<Unit, number>} */
export const DIGITS = { u: 3, sd: 3, deg: 1, mm: 1, frame: 0, s: 2, fps: 2, px: 0, x: 3 };

/** What stands behind a number on the screen. @type {Record<Unit, string>} */
export const SIGNS = { u: "u", sd: "sd", deg: "°", mm: "mm", frame: "f", s: "s", fps: "fps", px: "px", x: "×" };

/** Arrow keys and one notch of a drag change a value by this. @type {Record<Unit, number>} */
export const STEPS = { u: 0.01, sd: 0.01, deg: 0.5, mm: 1, frame: 1, s: 0.1, fps: 1, px: 8, x: 0.01 };

/** A number without trailing zeros and never "-0". @param {number} value @param {number} digits */
export function formatNumber(value, digits) {
  const text = value.toFixed(digits);
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return short === "-0" ? "0" : short;
}

/** "12.5°", "35 mm". @param {number} value @param {Unit} unit */
export const formatQuantity = (value, unit) =>
  `${formatNumber(value, DIGITS[unit])}${unit === "deg" ? "" : " "}${SIGNS[unit]}`;

/** Minutes, seconds and hundredths of a frame: "0:02.50". @param {number} frame @param {number} fps */
export function formatTime(frame, fps) {
  const hundredths = Math.round((frame / fps) * 100);
  const seconds = Math.floor(hundredths / 100);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}.${two(hundredths % 100)}`;
}
