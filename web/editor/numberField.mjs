// A number with its name and unit: typed exactly, stepped with the arrow keys, or scrubbed by dragging its name.
// Enter takes the text, Escape puts the old number back and then leaves the field, leaving it otherwise takes the text.

import { disposables, keepKeys, listen, make } from "./dom.mjs";
import { isForHost } from "./shortcuts.mjs";
import { convert, DIGITS, formatNumber, isSameNumber, outside, parseAs, refusalOf, SIGNS, STEPS } from "./units.mjs";

/** @typedef {import("./units.mjs").Unit} Unit */
/** @typedef {import("./units.mjs").UnitContext} UnitContext */

/**
 * @typedef {object} FieldSpec
 * @property {string} label
 * @property {string} title
 * @property {Unit | (() => Unit)} native unit of the value that comes in and goes out
 * @property {() => Unit} [shown] unit on the screen; default: native
 * @property {() => UnitContext} context
 * @property {[number, number]} [range] of the native value
 * @property {(value: number) => void} onChange one change by typing; the value that is already there is none
 * @property {(why: import("./units.mjs").Refusal) => void} onRefused says why a text was not taken as it stands
 * @property {{begin(): void, commit(): void, cancel(): void}} [gesture] around the changes of one drag of the name
 */

/** Counted, not measured. @type {Unit[]} */
const WHOLE = ["frame", "px"];

/** @param {FieldSpec} spec */
const nativeOf = ({ native }) => (typeof native === "function" ? native() : native);

/** Pixels of a drag that make one step. */
const PIXELS_PER_STEP = 4;

/**
 * @param {FieldSpec} spec
 * @returns {{element: HTMLElement, show(value: number | null, mixed?: boolean): void, setEnabled(on: boolean): void, dispose(): void}}
 *   show: null leaves the field empty; mixed says that the selected keys differ
 */
export function createNumberField(spec) {
  const input = keepKeys(
    make("input", {
      class: "raxel-input",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": spec.title,
      title: spec.title,
    }),
  );
  const sign = make("span", { class: "raxel-unit" });
  const name = make("span", { class: "raxel-name", title: spec.title }, spec.label);
  const element = make("label", { class: "raxel-field" }, name, input, sign);
  const all = disposables();
  const unit = () => spec.shown?.() ?? nativeOf(spec);
  let value = /** @type {number | null} */ (null);
  let mixed = false;
  let taken = /** @type {string | null} */ (null);

  const render = () => {
    sign.textContent = SIGNS[unit()];
    const text = shownText(value, mixed, spec, unit());
    taken = null;
    input.placeholder = mixed ? "—" : "";
    input.setAttribute("aria-invalid", "false");
    if (input.value !== text) input.value = text;
  };
  const [low, high] = spec.range ?? [-Infinity, Infinity];
  const allowed = (/** @type {number} */ native) =>
    Math.min(high, Math.max(low, WHOLE.includes(nativeOf(spec)) ? Math.round(native) : native));
  const send = (/** @type {number} */ native) => spec.onChange(allowed(native));
  const isThere = (/** @type {number} */ native) => !mixed && value !== null && isSameNumber(allowed(native), value);
  /** @returns {boolean} whether the text was a number, or unchanged */
  const take = () => {
    // Leaving the field after Enter is no second change.
    const isOld = input.value === shownText(value, mixed, spec, unit()) || input.value === taken;
    if (isOld || !input.value.trim()) {
      input.setAttribute("aria-invalid", "false");
      return true;
    }
    const native = parseAs(input.value, unit(), nativeOf(spec), spec.context());
    input.setAttribute("aria-invalid", String(native === null));
    if (native === null) {
      spec.onRefused(refusalOf(input.value, unit(), nativeOf(spec), [low, high]));
      return false;
    }
    // Taken as the nearest that can be.
    if (native < low || native > high) spec.onRefused(outside([low, high], nativeOf(spec)));
    if (isThere(native)) {
      render();
      return true;
    }
    taken = input.value;
    send(native);
    return true;
  };
  const stepped = (/** @type {number} */ steps) => {
    const here = value === null ? null : convert(value, nativeOf(spec), unit(), spec.context());
    return here === null ? null : convert(here + steps * STEPS[unit()], unit(), nativeOf(spec), spec.context());
  };
  const step = (/** @type {number} */ steps) => {
    const native = stepped(steps);
    if (native !== null && !isThere(native)) send(native);
  };
  /** Of a drag, whose way back to its start is a change too. @param {number} steps */
  const pull = (steps) => {
    const native = stepped(steps);
    if (native !== null) send(native);
  };

  all.add(listen(input, "keydown", (event) => onKey(event, { take, render, step, input })));
  all.add(listen(input, "input", () => void (input.dataset.dirty = "true")));
  all.add(listen(input, "focus", () => input.select()));
  all.add(
    listen(input, "blur", () => {
      input.dataset.dirty = "false";
      if (!take()) render();
    }),
  );
  all.add(
    scrub(name, {
      step: pull,
      gesture: spec.gesture,
      current: () => value,
      reset: (/** @type {number} */ start) => void (value = start),
    }),
  );

  return {
    element,
    show(next, isMixed = false) {
      [value, mixed] = [next, isMixed];
      if (document.activeElement !== input || !isDirty(input)) render();
    },
    setEnabled(on) {
      input.disabled = !on;
      element.classList.toggle("raxel-off", !on);
    },
    dispose: all.dispose,
  };
}

/** @param {number | null} value @param {boolean} mixed @param {FieldSpec} spec @param {Unit} unit */
function shownText(value, mixed, spec, unit) {
  const here = value === null ? null : convert(value, nativeOf(spec), unit, spec.context());
  return mixed || here === null ? "" : formatNumber(here, DIGITS[unit]);
}

/** Whether the person is in the middle of typing. @param {HTMLElement} input */
export const isDirty = (input) => input.dataset.dirty === "true";

/**
 * @param {KeyboardEvent} event
 * @param {{take(): boolean, render(): void, step(steps: number): void, input: HTMLInputElement}} field
 */
function onKey(event, { take, render, step, input }) {
  if (isForHost(event)) {
    // A run or a save means the number that is typed, and goes on to the host.
    input.dataset.dirty = "false";
    take();
    return;
  }
  if (event.key === "Enter") {
    input.dataset.dirty = "false";
    // A change may have opened a question, which then has the focus.
    if (take() && document.activeElement === input) input.select();
  } else if (event.key === "Escape" && isDirty(input)) {
    input.dataset.dirty = "false";
    render();
    input.select();
  } else if (event.key === "Escape") {
    if (input.closest(".raxel-panel")) return; // the panel closes
    /** @type {HTMLElement | null} */ (input.closest(".raxel-root"))?.focus({ preventScroll: true });
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    input.dataset.dirty = "false";
    step((event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1));
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Dragging the name sideways steps the number; the whole drag is one gesture, which Escape takes back.
 * @param {HTMLElement} name
 * @param {{step(steps: number): void, gesture?: FieldSpec["gesture"], current(): number | null, reset(start: number): void}} spec
 */
function scrub(name, { step, gesture, current, reset }) {
  const all = disposables();
  /** @type {{x: number, value: number, pointer: number} | null} */
  let drag = null;
  const stop = (/** @type {"commit" | "cancel"} */ how) => {
    if (!drag) return;
    drag = null;
    name.ownerDocument.removeEventListener("keydown", onEscape, true);
    gesture?.[how]();
  };
  const onEscape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    stop("cancel");
  };
  all.add(
    listen(name, "pointerdown", (event) => {
      const value = current();
      if (event.button !== 0 || drag || value === null || !gesture) return;
      event.preventDefault();
      name.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, value, pointer: event.pointerId };
      name.ownerDocument.addEventListener("keydown", onEscape, true);
      gesture.begin();
    }),
  );
  all.add(
    listen(name, "pointermove", (event) => {
      if (!drag || event.pointerId !== drag.pointer) return;
      reset(drag.value);
      step(Math.round((event.clientX - drag.x) / PIXELS_PER_STEP) * (event.shiftKey ? 10 : 1));
    }),
  );
  all.add(listen(name, "pointerup", (event) => event.pointerId === drag?.pointer && stop("commit")));
  all.add(listen(name, "lostpointercapture", (event) => event.pointerId === drag?.pointer && stop("cancel")));
  all.call(() => stop("cancel"));
  return all;
}
