/**
 * Elements, listeners and their undo. Text from anywhere enters a page through textContent only, so a hostile name in a
 * document, a file or a preset is shown, never run.
 */

import { iconElement } from "./icons.mjs";

/** @typedef {{dispose(): void}} Disposable */
/** @typedef {Node | string | null | undefined | false} Child */

/**
 * One element with attributes and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes] false, null and undefined leave one out
 * @param {...Child} children strings become text
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {(Node|string)[]} */ (children.filter((child) => child || child === "")));
  return element;
}

/**
 * Listen until disposed.
 * @param {EventTarget} target
 * @param {string} type
 * @param {(event: any) => void} handler
 * @param {AddEventListenerOptions} [options]
 * @returns {Disposable}
 */
export function listen(target, type, handler, options) {
  target.addEventListener(type, handler, options);
  return { dispose: () => target.removeEventListener(type, handler, options) };
}

/**
 * Calls back when the page may have changed its colours: CSS follows by itself, canvases must be told. Palettes are set
 * as style and class of the page's outermost elements.
 * @param {() => void} changed
 * @returns {Disposable}
 */
export function watchPalette(changed) {
  let late = 0;
  const observer = new MutationObserver(() => {
    changed();
    // Themes keep their colours for half a second (view/theme.mjs); what was drawn just before would keep the old ones.
    clearTimeout(late);
    late = window.setTimeout(changed, 600);
  });
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: ["style", "class"] });
  }
  return {
    dispose() {
      observer.disconnect();
      clearTimeout(late);
    },
  };
}

/**
 * Things to undo together, last first.
 * @returns {Disposable & {add<T extends Disposable>(item: T): T, call(undo: () => void): void}}
 */
export function disposables() {
  /** @type {(() => void)[]} */
  let undos = [];
  return {
    add(item) {
      undos.push(() => item.dispose());
      return item;
    },
    call: (undo) => void undos.push(undo),
    dispose() {
      const pending = undos.reverse();
      undos = [];
      for (const undo of pending) undo();
    },
  };
}

/**
 * Lets an element keep its keys to itself: the host's graph undo listens on the window in the capture phase, before any
 * element can stop it, and leaves only text entry alone. It asks for the tag, `type` and `isContentEditable` of what has
 * the focus (frontends 1.27 and 1.58), so a focusable part of the editor answers as text entry would.
 * @template {HTMLElement} T
 * @param {T} element
 * @returns {T}
 */
export function keepKeys(element) {
  Object.defineProperty(element, "type", { value: "textarea", configurable: true });
  Object.defineProperty(element, "isContentEditable", { value: true, configurable: true });
  return element;
}

/**
 * A button with a drawn icon; the label is its tooltip and its name for screen readers.
 * @param {{icon?: string, label: string, text?: string, hint?: string, class?: string, onClick(event: MouseEvent): void}} spec
 *   hint: a shortcut, shown in the tooltip.
 * @returns {HTMLButtonElement}
 */
export function button({ icon, label, text, hint, class: extra = "", onClick }) {
  const title = hint ? `${label} (${hint})` : label;
  const element = make("button", { class: `raxel-button ${extra}`, title, "aria-label": label });
  element.setAttribute("type", "button");
  if (icon) element.append(iconElement(icon));
  if (text) element.append(make("span", {}, text));
  element.addEventListener("click", onClick);
  return keepKeys(element);
}

/**
 * Shows a button as pressed, and tells screen readers.
 * @param {HTMLElement} element
 * @param {boolean} on
 */
export function setPressed(element, on) {
  element.setAttribute("aria-pressed", String(on));
}

/**
 * A drop-down list.
 * @param {{label: string, options: {value: string, label: string}[], onChange(value: string): void}} spec
 * @returns {HTMLSelectElement}
 */
export function select({ label, options, onChange }) {
  const element = make("select", { class: "raxel-select", title: label, "aria-label": label });
  // Shown while several values are meant; nobody can choose it.
  element.append(make("option", { value: "", hidden: true }, "—"));
  for (const option of options) element.append(make("option", { value: option.value }, option.label));
  element.addEventListener("change", () => onChange(element.value));
  return keepKeys(element);
}
