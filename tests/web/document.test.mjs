// The text in the node: round trips, and one sentence for every kind of wrong text, quickly.

import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULT, DEFAULT_TEXT, documentFrom, parseDocument, serializeDocument } from "../../web/editor/document.mjs";
import { pathFixtures, readText } from "./kit.mjs";

/** @param {unknown} text @returns {string} */
function errorOf(text) {
  const start = performance.now();
  const { error } = parseDocument(text);
  const spent = performance.now() - start;
  assert.ok(spent < 200, `took ${spent} ms`);
  assert.ok(error, `no error for ${String(text).slice(0, 80)}`);
  assert.ok(error.length < 200 && !error.includes("\n"), "an error is one sentence");
  return error;
}

/** @param {string} text */
function documentOf(text) {
  const { document, error } = parseDocument(text);
  assert.ok(document, error);
  return document;
}

test("a new node holds the text that Python holds", () => {
  assert.equal(DEFAULT_TEXT, readText("path_texts/default.json"));
  assert.equal(serializeDocument(DEFAULT), DEFAULT_TEXT);
});

test("what is written reads back the same, digit by digit", () => {
  for (const { document } of pathFixtures()) {
    const path = documentFrom(document);
    const text = serializeDocument(path);
    assert.deepEqual(documentOf(text), path);
    assert.equal(serializeDocument(documentOf(text)), text);
  }
});

test("entries that this version does not know survive, in the document and in keys, whatever their names", () => {
  const extra = '"note": {"by": "<b>me</b>"}, "__proto__": {"polluted": 1}, "constructor": [1]';
  const text = DEFAULT_TEXT.replace('"edited": false', `"edited": false, ${extra}`).replace('{"frame":0,', `{${extra}, "frame":0,`);
  const again = JSON.parse(serializeDocument(documentOf(text)));
  for (const holder of [again, again.keys[0]]) {
    assert.deepEqual(holder.note, { by: "<b>me</b>" });
    assert.deepEqual(Object.getOwnPropertyDescriptor(holder, "__proto__")?.value, { polluted: 1 });
    assert.deepEqual(holder.constructor, [1]);
  }
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("what may be left out gets its default", () => {
  const path = documentOf('{"format":"raxel-path","version":1,"frames":9,"keys":[{"frame":3,"position":[1,2,3],"rotation":[1,0,0,0]}]}');
  const { fps, width, height, scale, subject, aim, edited, keys } = path;
  assert.deepEqual([fps, width, height, scale, subject, aim, edited], [16, 832, 480, "metric", [0, 0, 1], "free", false]);
  assert.deepEqual([keys[0].hfov_deg, keys[0].interpolation, keys[0].easing, keys[0].hold], [60, "smooth", "linear", 0]);
});

test("a byte order mark, and whole numbers written as decimals, are fine", () => {
  const path = documentOf(`\ufeff${DEFAULT_TEXT.replace('"frames": 81', '"frames": 81.0')}`);
  assert.deepEqual(path, DEFAULT);
});

test("a rotation that is only rounded becomes exact", () => {
  const path = documentOf(DEFAULT_TEXT.replace("0.9914448613738104,0,-0.13052619222005157,0", "0.9914,0,-0.1305,0"));
  assert.ok(Math.abs(Math.hypot(...path.keys[1].rotation) - 1) < 1e-15);
});

test("documents cannot be changed", () => {
  assert.throws(() => Object.assign(DEFAULT.keys[0].position, { 0: 5 }));
  assert.throws(() => Object.assign(DEFAULT.keys[0], { frame: 5 }));
  assert.throws(() => Object.assign(DEFAULT, { frames: 5 }));
});

for (const [text, says] of JSON.parse(readText("path_texts/wrong.json"))) {
  test(`${JSON.stringify(text.slice(0, 70))} is refused: ${says}`, () => {
    assert.ok(errorOf(text).includes(says), errorOf(text));
    assert.equal(parseDocument(text).document, undefined);
  });
}

test("what is no text at all is refused", () => {
  for (const value of [undefined, null, 5, {}, [], true]) assert.match(errorOf(value), /must be text/);
});

test("the text of a refused document is kept", () => {
  const parsed = parseDocument('{"format": "raxel-path", "version": 99}');
  assert.equal(parsed.error && parsed.text, '{"format": "raxel-path", "version": 99}');
});

test("hostile texts are refused within 200 milliseconds", () => {
  const key = '{"frame":0,"position":[0,0,0],"rotation":[1,0,0,0]}';
  const head = '{"format":"raxel-path","version":1,"frames":81,"keys":[';
  assert.match(errorOf(`${head}${Array(1e6).fill(key).join(",")}]}`), /characters/);
  assert.match(errorOf(`${head}${Array(900_000).fill("1").join(",")}]}`), /900000 keys, at most 1000/);
  assert.match(errorOf(`${head}${Array(1001).fill(key).join(",")}]}`), /1001 keys, at most 1000/);
  assert.match(errorOf("[".repeat(100_000)), /nested more than 64 levels/);
  assert.match(errorOf("[".repeat(100_000) + "]".repeat(100_000)), /nested more than 64 levels/);
  assert.match(errorOf('{"a":'.repeat(100_000)), /nested more than 64 levels/);
  assert.match(errorOf(`"${'\\"'.repeat(900_000)}`), /not valid JSON/);
  assert.match(errorOf("9".repeat(1_999_000)), /no "format"/);
  assert.match(errorOf(" ".repeat(2_000_000)), /empty/);
  assert.match(errorOf("x".repeat(2_000_001)), /2000001 characters/);
  assert.match(errorOf(`${head.replace("81", `"${"<script>".repeat(1000)}"`)}${key}]}`), /whole number/);
});
