// Menus and small panels that open at a button. They are popovers: the browser draws them above everything, in screen
// size even where the graph is zoomed out, and they stay children of the editor, so its keys and colours reach them.

import { disposables, keepKeys, listen, make } from "./dom.mjs";
import { iconElement } from "./icons.mjs";

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {string} [icon]
 * @property {string} [hint] shortcut, or a number, at the right
 * @property {string} [title]
 * @property {boolean} [enabled] default: true
 * @property {boolean} [checked] shown with a tick
 * @property {() => void} [run] without it the item is a heading
 */

const GAP = 4;

/**
 * Opens a panel; it closes by itself on a press outside, by Escape, and with the editor.
 * @param {{root: HTMLElement, anchor: Element | {x: number, y: number}, content: Node, label: string, onClose?: () => void, beside?: boolean}} spec
 *   beside: for a panel whose choices show in the scene, which it must not cover
 * @returns {{close(): void}}
 */
export function openPanel({ root, anchor, content, label, onClose, beside = false }) {
  const panel = keepKeys(
    make(
      "div",
      { class: "raxel-panel", role: "dialog", "aria-label": label, tabindex: -1, popover: "manual" },
      content,
    ),
  );
  const all = disposables();
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    all.dispose();
    // The editor may have gone with the panel in it.
    if (panel.isConnected) root.focus({ preventScroll: true });
    panel.remove();
    onClose?.();
  };
  root.append(panel);
  panel.showPopover?.();
  if (beside) placeBeside(panel, root);
  else place(panel, anchor);
  all.add(
    listen(
      window,
      "pointerdown",
      (event) => {
        if (!event.composedPath().includes(panel)) close();
      },
      { capture: true },
    ),
  );
  all.add(
    listen(panel, "keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      event.stopPropagation();
      close();
    }),
  );
  all.add(listen(window, "resize", close));
  return { close };
}

/** Below the anchor, or above it where there is more room; never outside the window. @param {HTMLElement} panel @param {Element | {x: number, y: number}} anchor */
function place(panel, anchor) {
  const at = anchor instanceof Element ? anchor.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0);
  const { width, height } = panel.getBoundingClientRect();
  const below = at.bottom + GAP;
  const top = below + height <= window.innerHeight ? below : Math.max(GAP, at.top - GAP - height);
  const left = Math.min(at.left, window.innerWidth - width - GAP);
  panel.style.top = `${Math.max(GAP, top)}px`;
  panel.style.left = `${Math.max(GAP, left)}px`;
}

/** Right or left of the editor, where there is room; else over its lower right, where the numbers are. @param {HTMLElement} panel @param {HTMLElement} root */
function placeBeside(panel, root) {
  const editor = root.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  const [right, left] = [editor.right + GAP, editor.left - GAP - width];
  const isBeside = right + width <= window.innerWidth || left >= GAP;
  const x = right + width <= window.innerWidth ? right : isBeside ? left : Math.min(editor.right, window.innerWidth) - width - GAP;
  const lowest = window.innerHeight - height - GAP;
  const y = isBeside ? Math.min(editor.top, lowest) : Math.min(editor.bottom - height - GAP, lowest);
  panel.style.top = `${Math.max(GAP, y)}px`;
  panel.style.left = `${Math.max(GAP, x)}px`;
}

/**
 * A menu of commands; arrow keys walk it.
 * @param {{root: HTMLElement, anchor: Element | {x: number, y: number}, label: string, items: (Item | null)[]}} spec null draws a line
 */
export function openMenu({ root, anchor, label, items }) {
  const list = make("div", { class: "raxel-menu", role: "menu", "aria-label": label });
  const panel = openPanel({ root, anchor, content: list, label });
  for (const item of items) list.append(item ? row(item, panel.close) : make("hr"));
  list.addEventListener("keydown", (event) => walk(list, event));
  const first = list.querySelector("button:not([disabled])");
  if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  return panel;
}

/** @param {Item} item @param {() => void} close */
function row(item, close) {
  const { run } = item;
  if (!run) return make("div", { class: "raxel-menu-heading" }, item.label);
  const role = item.checked === undefined ? "menuitem" : "menuitemcheckbox";
  const element = keepKeys(
    make("button", {
      class: "raxel-menu-row",
      role,
      title: item.title ?? item.label,
      "aria-label": item.label,
      "aria-checked": item.checked,
      disabled: item.enabled === false,
    }),
  );
  element.append(item.checked ? iconElement("check") : iconElement(item.icon ?? ""), make("span", {}, item.label));
  if (item.hint) element.append(make("kbd", {}, item.hint));
  element.addEventListener("click", () => {
    close();
    run();
  });
  return element;
}

/** @param {HTMLElement} list @param {KeyboardEvent} event */
function walk(list, event) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const rows = [...list.querySelectorAll("button:not([disabled])")];
  const next = rows[(rows.indexOf(/** @type {Element} */ (document.activeElement)) + step + rows.length) % rows.length];
  if (next instanceof HTMLElement) next.focus();
}
