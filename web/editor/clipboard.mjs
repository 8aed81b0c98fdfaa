// Keys on the clipboard: within a node, between nodes, and as text between pages where the browser allows it.

import { copyKeys } from "./reduce.mjs";
import { DEFAULT, parseDocument, serializeDocument } from "./document.mjs";

/** @typedef {import("./document.mjs").Key} Key */

/** What was last copied in any editor of this page: a browser may refuse its own clipboard. @type {string | null} */
let copied = null;

/** Keys as text: a whole document, so that it can also be pasted into a file. @param {readonly Key[]} keys */
export function textFromKeys(keys) {
  const frames = Math.max(...keys.map((key) => key.frame)) + 1;
  return serializeDocument({ ...DEFAULT, frames, keys });
}

/** The keys of a text, or null. @param {string | null} text @returns {readonly Key[] | null} */
export const keysFromText = (text) => (text ? (parseDocument(text).document?.keys ?? null) : null);

/**
 * @param {{store: import("./store.mjs").Store, t: import("./context.mjs").Translate, notify: import("./context.mjs").Notify}} context
 */
export function createClipboard({ store, t, notify }) {
  const insert = (/** @type {string | null} */ text) => {
    const keys = keysFromText(text) ?? keysFromText(copied);
    if (!keys) return notify({ severity: "info", text: t("clipboard.empty") });
    store.dispatch({ type: "paste_keys", keys, frame: Math.round(store.get().playhead) });
  };
  const take = () => {
    const keys = copyKeys(store.get());
    if (keys.length) copied = textFromKeys(keys);
    return keys.length ? copied : null;
  };
  return {
    /** From a button: the browser's clipboard is written too if it lets us. */
    copy() {
      const text = take();
      if (text) navigator.clipboard?.writeText(text).catch(() => undefined);
    },
    paste() {
      const reading = navigator.clipboard?.readText?.();
      if (reading) reading.then(insert, () => insert(null));
      else insert(null);
    },
    /** From the keyboard: the event carries the clipboard, no permission is needed. @param {ClipboardEvent} event */
    onCopy(event) {
      const text = take();
      if (!text) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
    },
    /** @param {ClipboardEvent} event */
    onPaste(event) {
      insert(event.clipboardData?.getData("text/plain") ?? null);
      event.preventDefault();
    },
  };
}
