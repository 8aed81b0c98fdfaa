// Words of the interface by key, in English and Chinese. A key without words comes back as itself, so that a gap shows.

import { EN } from "./strings/en.mjs";
import { ZH } from "./strings/zh.mjs";

/** @type {Record<string, Record<string, string>>} */
const LANGUAGES = { en: EN, zh: ZH };

/** Puts values in place of {names}. @param {string} text @param {Record<string, string | number>} values */
export const filled = (text, values) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

/**
 * @param {string} locale such as "en", "zh" or "zh-TW"; any other speaks English
 * @returns {import("./editor/context.mjs").Translate}
 */
export function createTranslator(locale) {
  const words = LANGUAGES[locale] ?? LANGUAGES[locale.split("-")[0]] ?? EN;
  return (key, values = {}) => filled(words[key] ?? EN[key] ?? key, values);
}
