// Words: the same keys in both languages, none missing where the code asks for one, none left over.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import { createTranslator, filled } from "../../web/i18n.mjs";
import { EN } from "../../web/strings/en.mjs";
import { ZH } from "../../web/strings/zh.mjs";

const WEB = new URL("../../web/", import.meta.url);
const FOLDERS = ["editor", "view", "host", "live"];
const source = FOLDERS.flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, WEB)).map((file) => readFileSync(new URL(`${folder}/${file}`, WEB), "utf8")),
).join("\n");

/** Names that are asked for as they stand, and beginnings or patterns of those that are put together. */
const plain = new Set([...source.matchAll(/\bt\("([^"]+)"/g)].map((match) => match[1]));
const patterns = [...source.matchAll(/\bt\(`([^`]+)`/g)].map((match) => match[1]);

test("English and Chinese have the same keys", () => {
  assert.deepEqual(Object.keys(ZH).sort(), Object.keys(EN).sort());
});

test("the same values go into both languages", () => {
  const names = (/** @type {string} */ text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(EN)) assert.deepEqual(names(ZH[key]), names(EN[key]), key);
});

test("no text is empty, and nothing Chinese was left in English but units and names", () => {
  for (const [key, text] of [...Object.entries(EN), ...Object.entries(ZH)]) assert.ok(text.trim(), key);
  const same = Object.keys(EN).filter((key) => EN[key] === ZH[key]);
  assert.deepEqual(
    same.filter((key) => !/^unit\.|^view\.perspective$/.test(key)),
    [],
  );
});

test("every key that the code names exists", () => {
  for (const key of plain) assert.ok(key in EN, key);
});

test("every key is asked for somewhere", () => {
  const matches = patterns.map(
    (pattern) => new RegExp(`^${pattern.replace(/[.]/g, "\\.").replace(/\$\{[^}]*\}+/g, ".+")}$`),
  );
  // What is put together out of sight of a pattern.
  const other = (/** @type {string} */ key) => source.includes(`"${key}"`) || /^(preset|command)\./.test(key);
  for (const key of Object.keys(EN))
    assert.ok(plain.has(key) || other(key) || matches.some((pattern) => pattern.test(key)), key);
});

test("a language we do not speak gets English, a region its language, a gap its key", () => {
  assert.equal(createTranslator("fr")("close"), "Close");
  assert.equal(createTranslator("zh-TW")("close"), ZH.close);
  assert.equal(createTranslator("en")("no.such.key"), "no.such.key");
  assert.equal(createTranslator("constructor")("close"), "Close");
  assert.equal(filled("{a} of {b}, {c}", { a: 1, b: 2 }), "1 of 2, {c}");
});
