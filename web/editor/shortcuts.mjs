// Every key and every gesture of the editor, once: the keyboard, the tooltips, the help card and docs/editor.md are made
// of these tables. No key is one that ComfyUI gives a meaning of its own, apart from the ones that mean the same
// everywhere (tests/web/shortcuts.test.mjs); and they count only while the editor has the focus. No DOM.

/**
 * @typedef {object} Shortcut
 * @property {string} command name in commands.mjs
 * @property {string[]} keys alternatives: modifiers in the order Ctrl, Shift, then `event.key`; Ctrl stands for Cmd too
 */

/** @type {{group: string, shortcuts: Shortcut[]}[]} */
export const SHORTCUT_GROUPS = [
  {
    group: "time",
    shortcuts: [
      { command: "toggle_play", keys: ["Space"] },
      { command: "step_back", keys: ["ArrowLeft"] },
      { command: "step_forward", keys: ["ArrowRight"] },
      { command: "step_back_10", keys: ["Shift+ArrowLeft"] },
      { command: "step_forward_10", keys: ["Shift+ArrowRight"] },
      { command: "previous_key", keys: ["["] },
      { command: "next_key", keys: ["]"] },
      { command: "first_frame", keys: ["Home"] },
      { command: "last_frame", keys: ["End"] },
      { command: "loop", keys: ["L"] },
    ],
  },
  {
    group: "keys",
    shortcuts: [
      { command: "add_key", keys: ["K"] },
      { command: "delete_keys", keys: ["Delete", "Backspace"] },
      { command: "duplicate_keys", keys: ["D"] },
      { command: "copy_keys", keys: ["Ctrl+C"] },
      { command: "paste_keys", keys: ["Ctrl+V"] },
      { command: "select_all", keys: ["Ctrl+A"] },
      { command: "nudge_back", keys: ["Ctrl+ArrowLeft"] },
      { command: "nudge_forward", keys: ["Ctrl+ArrowRight"] },
      { command: "aim_at_subject", keys: ["O"] },
      { command: "undo", keys: ["Ctrl+Z"] },
      { command: "redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"] },
    ],
  },
  {
    group: "view",
    shortcuts: [
      { command: "view_top", keys: ["1"] },
      { command: "view_front", keys: ["2"] },
      { command: "view_side", keys: ["3"] },
      { command: "view_camera", keys: ["4"] },
      { command: "view_perspective", keys: ["5"] },
      { command: "fit", keys: ["F"] },
      { command: "toggle_lookthrough", keys: ["T"] },
      { command: "toggle_space", keys: ["C"] },
      { command: "toggle_snap", keys: ["B"] },
    ],
  },
  {
    group: "tools",
    shortcuts: [
      { command: "tool_select", keys: ["E"] },
      { command: "tool_draw_ground", keys: ["G"] },
      { command: "tool_draw_side", keys: ["J"] },
      { command: "full_screen", keys: ["Shift+F"] },
      { command: "help", keys: ["?"] },
      { command: "escape", keys: ["Escape"] },
    ],
  },
];

export const SHORTCUTS = SHORTCUT_GROUPS.flatMap(({ shortcuts }) => shortcuts);

/** Gestures of pointer and wheel: names of their rows in the help card. @type {{group: string, gestures: string[]}[]} */
export const GESTURE_GROUPS = [
  {
    group: "scene",
    gestures: [
      "orbit",
      "pan",
      "zoom",
      "click",
      "double_click",
      "box",
      "drag_key",
      "handles",
      "constrain",
      "snap",
      "touch",
    ],
  },
  {
    group: "timeline",
    gestures: ["scrub", "drag_time", "hold", "segment", "timeline_box", "timeline_zoom", "timeline_pan"],
  },
  { group: "numbers", gestures: ["type", "scrub_number", "arrows"] },
];

/** @param {KeyboardEvent} event @returns {string} in the spelling of the table */
export function comboOf(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  // A character such as "?" or "[" says itself which modifiers made it; on some keyboards Shift or AltGr.
  const bare = key.length === 1 && !/[A-Z0-9]/.test(key);
  const ctrl = (event.ctrlKey || event.metaKey) && !event.getModifierState("AltGraph");
  return `${ctrl ? "Ctrl+" : ""}${event.shiftKey && !bare ? "Shift+" : ""}${key}`;
}

/** Running, saving, opening, settings: the host's, and in no way about the editor. Elsewhere the browser would answer. */
const HOST_KEYS = new Set(["Ctrl+Enter", "Ctrl+Shift+Enter", "Ctrl+S", "Ctrl+Shift+S", "Ctrl+O", "Ctrl+,"]);

/** Whether a key press inside the editor is meant for the host all the same. @param {KeyboardEvent} event */
export const isForHost = (event) => HOST_KEYS.has(comboOf(event));

const COMMAND_OF = new Map(SHORTCUTS.flatMap(({ command, keys }) => keys.map((key) => [key, command])));

/** The command of a key press, or null. @param {KeyboardEvent} event */
export function commandFor(event) {
  if (event.altKey && !event.getModifierState("AltGraph")) return null;
  return COMMAND_OF.get(comboOf(event)) ?? null;
}

const KEY_SIGNS = /** @type {Record<string, string>} */ ({
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Delete: "Del",
});

/** "Ctrl+Shift+Z / Ctrl+Y". @param {string[]} keys */
export const keysText = (keys) =>
  keys
    .map((key) =>
      key
        .split("+")
        .map((part) => KEY_SIGNS[part] ?? part)
        .join("+"),
    )
    .join(" / ");

/** The keys of a command for a tooltip; empty where it has none. @param {string} command */
export function hintFor(command) {
  const found = SHORTCUTS.find((shortcut) => shortcut.command === command);
  return found ? keysText(found.keys.slice(0, 1)) : "";
}
