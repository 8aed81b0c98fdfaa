// What the host's own pages say of us: every setting, its choices and its place are there in both languages.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { createSettings } from "../../web/editor/settings.mjs";
import { settingEntries } from "../../web/host/settings.mjs";
import { SOCKET_COLORS } from "../../web/host/sockets.mjs";

/** @param {string} language @param {string} file @returns {any} */
const words = (language, file) => JSON.parse(readFileSync(new URL(`../../locales/${language}/${file}.json`, import.meta.url), "utf8"));

/** @type {any[]} */
const shown = settingEntries(createSettings()).filter((/** @type {any} */ entry) => entry.type !== "hidden");
const keyOf = (/** @type {any} */ entry) => entry.id.replaceAll(".", "_");

for (const language of ["en", "zh"]) {
  test(`every setting has its words, and no other one has: ${language}`, () => {
    const settings = words(language, "settings");
    assert.deepEqual(Object.keys(settings).sort(), shown.map(keyOf).sort());
    for (const entry of shown) {
      const said = settings[keyOf(entry)];
      assert.ok(said.name);
      assert.equal(Boolean(said.tooltip), Boolean(entry.tooltip), entry.id);
      const choices = (entry.options ?? []).map((/** @type {any} */ option) => option.text);
      assert.deepEqual(Object.keys(said.options ?? {}), choices, entry.id);
    }
  });

  test(`the groups of the settings and our sockets have names: ${language}`, () => {
    const { settingsCategories, dataTypes, nodeCategories } = words(language, "main");
    assert.deepEqual(new Set(Object.keys(settingsCategories)), new Set(shown.flatMap((entry) => entry.category.slice(0, 2))));
    assert.deepEqual(Object.keys(dataTypes).sort(), Object.keys(SOCKET_COLORS).sort());
    assert.ok(nodeCategories.Raxel);
  });
}

test("English says what the settings say themselves", () => {
  const settings = words("en", "settings");
  for (const entry of shown) {
    assert.equal(settings[keyOf(entry)].name, entry.name);
    assert.equal(settings[keyOf(entry)].tooltip, entry.tooltip);
  }
});

test("the pack has no commands of its own, so there are no words for them", () => {
  const entry = readFileSync(new URL("../../web/raxel.js", import.meta.url), "utf8");
  assert.doesNotMatch(entry, /^\s*commands:/m);
});
