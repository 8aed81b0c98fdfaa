// Keys of the editor: no clash with ComfyUI's, one meaning each, all reachable by mouse and documented.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import { COMMANDS } from "../../web/editor/commands.mjs";
import {
  commandFor,
  comboOf,
  GESTURE_GROUPS,
  hintFor,
  isForHost,
  keysText,
  SHORTCUT_GROUPS,
  SHORTCUTS,
} from "../../web/editor/shortcuts.mjs";
import { ICON_NAMES } from "../../web/editor/icons.mjs";
import { createTranslator } from "../../web/i18n.mjs";

/** Read from the tables of frontends 1.27.10 and 1.58.1; KJNodes adds S. */
const COMFYUI = [
  "Ctrl+Enter",
  "Ctrl+Shift+Enter",
  "R",
  "Q",
  "W",
  "N",
  "M",
  "A",
  "H",
  "V",
  "P",
  "S",
  ".",
  "Ctrl+S",
  "Ctrl+O",
  "Ctrl+G",
  "Ctrl+,",
  "Ctrl+M",
  "Ctrl+B",
  "Ctrl+`",
  "Ctrl+Shift+E",
  "Ctrl+Shift+K",
  "Ctrl+Shift+V",
];

/** Mean in ComfyUI what they mean everywhere, and here too; they reach only what has the focus. */
const EVERYWHERE = ["Escape", "Delete", "Backspace", "Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z"];

/** What a browser or a screen reader needs. */
const BROWSER = [
  "Ctrl+T",
  "Ctrl+W",
  "Ctrl+N",
  "Ctrl+R",
  "Ctrl+L",
  "Ctrl+F",
  "Ctrl+D",
  "Ctrl+P",
  "F5",
  "F11",
  "F12",
  "Tab",
  "Shift+Tab",
];

const keys = SHORTCUTS.flatMap((shortcut) => shortcut.keys);

/** @param {string} combo @param {Partial<KeyboardEvent>} [more] @returns {any} */
function press(combo, more = {}) {
  const parts = combo.split("+");
  const key = /** @type {string} */ (parts.pop());
  const event = {
    key: key === "Space" ? " " : key.length === 1 ? key.toLowerCase() : key,
    ctrlKey: parts.includes("Ctrl"),
    shiftKey: parts.includes("Shift"),
    altKey: false,
    metaKey: false,
    getModifierState: () => false,
  };
  return { ...event, ...more };
}

test("no key of ours is one of ComfyUI's or the browser's", () => {
  for (const key of keys) {
    if (!EVERYWHERE.includes(key)) assert.ok(![...COMFYUI, ...BROWSER].includes(key), key);
  }
});

test("every key has one meaning, and every press of it finds that", () => {
  assert.equal(new Set(keys).size, keys.length);
  for (const { command, keys: own } of SHORTCUTS) {
    for (const key of own) assert.equal(commandFor(press(key)), command, key);
  }
});

test("Cmd counts as Ctrl, and characters that need Shift or AltGr are found on any keyboard", () => {
  assert.equal(commandFor(press("Z", { metaKey: true })), "undo");
  assert.equal(commandFor(press("?", { shiftKey: true })), "help");
  const altGr = { ctrlKey: true, altKey: true, getModifierState: (/** @type {string} */ name) => name === "AltGraph" };
  assert.equal(commandFor(press("[", altGr)), "previous_key");
});

test("with Alt, and with other modifiers, nothing of ours happens", () => {
  assert.equal(commandFor(press("K", { altKey: true })), null);
  assert.equal(commandFor(press("Ctrl+K")), null);
  assert.equal(comboOf(press("Ctrl+Shift+K")), "Ctrl+Shift+K");
});

test("running, saving and opening reach the host from inside the editor, and nothing of ours does", () => {
  for (const key of ["Ctrl+Enter", "Ctrl+Shift+Enter", "Ctrl+S", "Ctrl+O"])
    assert.equal(isForHost(press(key)), true, key);
  for (const key of [...keys, "R", "Q", "Delete"]) assert.equal(isForHost(press(key)), false, key);
});

test("every shortcut is a command, and every command has words", () => {
  const t = createTranslator("en");
  for (const { command } of SHORTCUTS) assert.ok(COMMANDS[command], command);
  for (const name of Object.keys(COMMANDS)) assert.notEqual(t(`command.${name}`), `command.${name}`);
  assert.equal(hintFor("redo"), "Ctrl+Shift+Z");
  assert.equal(hintFor("reverse"), "");
});

test("every icon that is asked for is drawn, and none is left over", () => {
  const folder = new URL("../../web/editor/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file !== "icons.mjs");
  const source = files.map((file) => readFileSync(new URL(file, folder), "utf8")).join("\n");
  const words = new Set([...source.matchAll(/"([a-z_]+)"/g)].map((match) => match[1]));
  const asked = [...source.matchAll(/icon(?::|Element\() ?"([a-z_]+)"/g)].map((match) => match[1]);
  for (const icon of asked) assert.ok(ICON_NAMES.includes(icon), icon);
  // Icons are also named through tables, tools and menus.
  for (const icon of ICON_NAMES) assert.ok(words.has(icon) || new RegExp(`\\b${icon}:`).test(source), icon);
});

test("whatever has a key has a button or a menu row too", () => {
  const source = ["toolbar", "transport", "pathMenu", "keyHead", "stage"]
    .map((name) => readFileSync(new URL(`../../web/editor/${name}.mjs`, import.meta.url), "utf8"))
    .join("");
  const byMouse = (/** @type {string} */ command) =>
    source.includes(`"${command}"`) || (command.startsWith("view_") && source.includes("command.view_"));
  // Ten steps are ten presses or a drag of the playhead; leaving is a click elsewhere.
  const others = ["step_back_10", "step_forward_10", "escape"];
  for (const { command } of SHORTCUTS) assert.ok(others.includes(command) || byMouse(command), command);
});

test("docs/editor.md lists exactly these keys and gestures", () => {
  const t = createTranslator("en");
  const page = readFileSync(new URL("../../docs/editor.md", import.meta.url), "utf8");
  const rows = [
    ...SHORTCUT_GROUPS.flatMap(({ group, shortcuts }) =>
      shortcuts.map(
        ({ command, keys: own }) => `| ${t(`help.${group}`)} | ${keysText(own)} | ${t(`command.${command}`)} |`,
      ),
    ),
    ...GESTURE_GROUPS.flatMap(({ group, gestures }) =>
      gestures.map(
        (gesture) => `| ${t(`help.${group}`)} | ${t(`gesture.${gesture}`)} | ${t(`gesture.${gesture}.does`)} |`,
      ),
    ),
  ];
  const listed = page
    .split("\n")
    .filter((line) => /^\| (Time|Keys|View|Tools|In the scene|On the timeline|Numbers) \|/.test(line));
  assert.deepEqual(listed, rows);
});
