// The keyboard of the editor. Keys reach it only while something inside has the focus, and what happens inside stays
// inside: the host's shortcuts neither see it nor are stolen from when the focus is elsewhere.

import { runCommand } from "./commands.mjs";
import { disposables, listen } from "./dom.mjs";
import { isDirty } from "./numberField.mjs";
import { commandFor, isForHost } from "./shortcuts.mjs";

/** Done by the browser's own copy and paste events, which carry the clipboard without asking for permission. */
const BY_EVENT = new Set(["copy_keys", "paste_keys"]);

/** @param {EventTarget | null} target */
const isTextEntry = (target) => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/** In a number that nobody is typing in, undo is the path's. */
const UNDO = new Set(["undo", "redo"]);

/** Keys that a focused control uses itself. @param {KeyboardEvent} event @param {string} command */
function belongsToControl({ target, key }, command) {
  if (isTextEntry(target)) return isDirty(/** @type {HTMLElement} */ (target)) || !UNDO.has(command);
  if (target instanceof HTMLSelectElement) return key !== "Escape";
  return target instanceof HTMLButtonElement && (key === " " || key === "Enter");
}

/**
 * @param {import("./context.mjs").Context} context
 * @param {{onCopy(event: ClipboardEvent): void, onPaste(event: ClipboardEvent): void}} clipboard
 * @returns {{dispose(): void}}
 */
export function createKeyboard(context, clipboard) {
  const { root } = context.surface;
  const all = disposables();
  all.add(
    listen(root, "keydown", (event) => {
      if (isForHost(event)) return;
      event.stopPropagation();
      const command = commandFor(event);
      if (event.defaultPrevented || !command || belongsToControl(event, command) || BY_EVENT.has(command)) return;
      event.preventDefault();
      runCommand(command, context);
    }),
  );
  // The host's canvas turns Space and Ctrl up into ends of its own gestures.
  all.add(listen(root, "keyup", (event) => void (isForHost(event) || event.stopPropagation())));
  for (const [type, handler] of /** @type {[string, ((event: ClipboardEvent) => void) | null][]} */ ([
    ["copy", clipboard.onCopy],
    ["paste", clipboard.onPaste],
    ["cut", null],
  ])) {
    all.add(
      listen(root, type, (event) => {
        event.stopPropagation();
        if (!isTextEntry(event.target)) handler?.(event);
      }),
    );
  }
  return all;
}
