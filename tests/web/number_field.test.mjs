// What a number field hands on: a typed change once, the number that is already there never, a refusal in words.
// The page is a stand-in that knows elements, values and events.

import assert from "node:assert/strict";
import test from "node:test";

import { createNumberField } from "../../web/editor/numberField.mjs";
import { hfovFromMm } from "../../web/math/lens.mjs";

class Element extends EventTarget {
  /** @param {string} tag */
  constructor(tag) {
    super();
    this.tag = tag;
    this.value = "";
    this.textContent = "";
    this.dataset = /** @type {Record<string, string>} */ ({});
    this.attributes = /** @type {Record<string, string>} */ ({});
    this.children = /** @type {any[]} */ ([]);
    this.ownerDocument = page;
  }
  append(/** @type {any[]} */ ...children) {
    this.children.push(...children);
  }
  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attributes[name] = value;
  }
  select() {}
  closest() {
    return null;
  }
}
const page = /** @type {any} */ (new EventTarget());
page.createElement = (/** @type {string} */ tag) => new Element(tag);
Object.assign(globalThis, { document: page });

/** @param {Partial<import("../../web/editor/numberField.mjs").FieldSpec>} spec @param {number} value @param {boolean} [mixed] */
function shownField(spec, value, mixed) {
  const changes = /** @type {number[]} */ ([]);
  const refusals = /** @type {any[]} */ ([]);
  const field = createNumberField({
    label: "lens",
    title: "Lens",
    native: "deg",
    context: () => ({ subjectDistance: 2, fps: 16 }),
    onChange(next) {
      changes.push(next);
      field.show(next);
    },
    onRefused: (why) => void refusals.push(why),
    ...spec,
  });
  field.show(value, mixed);
  const [, input] = /** @type {any} */ (field.element).children;
  const key = (/** @type {string} */ name) => input.dispatchEvent(Object.assign(new Event("keydown"), { key: name }));
  const type = (/** @type {string} */ text) => {
    input.value = text;
    input.dispatchEvent(new Event("input"));
    key("Enter");
    input.dispatchEvent(new Event("blur"));
  };
  return { changes, refusals, input, type, key };
}

/** @type {Partial<import("../../web/editor/numberField.mjs").FieldSpec>} */
const LENS = { shown: () => "mm", range: [1, 170] };

test("an angle typed where millimetres are shown is that angle", () => {
  const { changes, type, input } = shownField(LENS, 50);
  type("60°");
  assert.deepEqual(changes, [60]);
  assert.equal(input.value, "31.2");
});

test("the number that is already there is no change, however it is typed, and stands as before", () => {
  const { changes, type, input, key } = shownField({ native: "u", range: [-1, 0.5] }, 0.5);
  for (const text of ["0.5", "0.5 u", "0.25 sd", ".50", "5e-1", "7"]) {
    type(text);
    assert.equal(input.value, "0.5", text);
  }
  key("ArrowUp");
  assert.deepEqual(changes, []);
});

test("a number typed twice is one change", () => {
  const { changes, type } = shownField(LENS, 60);
  type("35");
  type("35");
  type("35 mm");
  assert.equal(changes.length, 1);
});

test("the host's own keys take the number that is typed, and go on to the host", () => {
  const { changes, input } = shownField(LENS, 50);
  input.value = "60°";
  input.dispatchEvent(new Event("input"));
  const press = Object.assign(new Event("keydown", { cancelable: true }), {
    key: "Enter",
    ctrlKey: true,
    getModifierState: () => false,
  });
  input.dispatchEvent(press);
  assert.deepEqual(changes, [60]);
  assert.deepEqual([press.defaultPrevented, press.cancelBubble], [false, false]);
});

test("keys that differ are made equal by their mean, which is no number of theirs", () => {
  const { changes, type } = shownField(LENS, 60, true);
  type("60°");
  assert.deepEqual(changes, [60]);
});

test("a text that is no number is refused in words, and the old number comes back", () => {
  const { changes, refusals, input, type } = shownField(LENS, 60);
  type("-20");
  assert.deepEqual(refusals[0], { range: ["1°", "170°"] });
  assert.equal(input.value, "31.2");
  type("wide");
  assert.deepEqual(refusals[refusals.length - 1], { units: ["mm", "°"] });
  assert.deepEqual(changes, []);
});

test("a number outside the range becomes its end, and the range is told", () => {
  const { changes, refusals, input, type } = shownField(LENS, 60);
  type("200°");
  assert.deepEqual([changes, refusals], [[170], [{ range: ["1°", "170°"] }]]);
  type("2000 mm");
  assert.deepEqual(changes, [170, hfovFromMm(2000)]);
  type("0.001 mm");
  assert.deepEqual([changes.length, refusals.length, input.value], [3, 2, "1.6"]);
});
