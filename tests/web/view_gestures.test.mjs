// From events to gestures: thresholds, clicks, cancelling, two fingers. The element is a stand-in without a page.

import assert from "node:assert/strict";
import test from "node:test";

import { createGestures, localPoint, wheelFactor } from "../../web/view/gestures.mjs";

/** An element of 200 x 100 pixels, shown at `zoom`, with just what gestures ask of it. */
function stage(zoom = 1) {
  const element = Object.assign(new EventTarget(), {
    clientWidth: 200,
    ownerDocument: new EventTarget(),
    captured: new Set(),
    focus() {},
    getBoundingClientRect: () => ({ left: 10, top: 20, width: 200 * zoom, height: 100 * zoom }),
  });
  return Object.assign(element, {
    setPointerCapture: (/** @type {number} */ id) => element.captured.add(id),
    releasePointerCapture: (/** @type {number} */ id) => element.captured.delete(id),
    hasPointerCapture: (/** @type {number} */ id) => element.captured.has(id),
  });
}

/** Gestures that write down what happens. @param {ReturnType<typeof stage>} element */
function recorder(element) {
  /** @type {string[]} */
  const log = [];
  const drag = {
    move: (/** @type {any} */ { point }) => log.push(`move ${point.x},${point.y}`),
    end: () => log.push("end"),
    cancel: () => log.push("cancel"),
    key: (/** @type {string} */ key) => key === "x" && log.push("key x") > 0,
  };
  const gestures = createGestures(/** @type {any} */ (element), {
    press: () => ({
      drag: () => (log.push("drag"), drag),
      click: (_, count) => log.push(`click ${count}`),
    }),
    hover: (touch) => log.push(touch ? "hover" : "leave"),
    zoom: ({ factor, dx, dy }) => log.push(`zoom ${factor.toFixed(2)} ${dx},${dy}`),
  }, () => ({}));
  return { log, gestures };
}

/** @param {EventTarget} target @param {string} type @param {object} values */
function send(target, type, values = {}) {
  const event = Object.assign(new Event(type, { cancelable: true }), { pointerId: 1, pointerType: "mouse", button: 0, ...values });
  target.dispatchEvent(event);
  return event;
}

test("a small tremble is a click, a longer way is a drag that ends once", () => {
  const element = stage();
  const { log } = recorder(element);
  send(element, "pointerdown", { clientX: 50, clientY: 50 });
  assert.ok(element.captured.has(1));
  send(element, "pointermove", { clientX: 51, clientY: 51, button: -1 });
  send(element, "pointerup", { clientX: 51, clientY: 51 });
  assert.deepEqual(log, ["click 1"]);
  log.length = 0;
  send(element, "pointerdown", { clientX: 50, clientY: 50 });
  send(element, "pointermove", { clientX: 60, clientY: 55, button: -1 });
  send(element, "pointerup", { clientX: 60, clientY: 55 });
  send(element, "lostpointercapture");
  assert.deepEqual(log, ["drag", "move 50,35", "end"]);
});

test("a finger may tremble more than a mouse", () => {
  const element = stage();
  const { log } = recorder(element);
  const touch = { pointerType: "touch" };
  send(element, "pointerdown", { clientX: 50, clientY: 50, ...touch });
  send(element, "pointermove", { clientX: 57, clientY: 50, button: -1, ...touch });
  send(element, "pointerup", { clientX: 57, clientY: 50, ...touch });
  assert.deepEqual(log, ["click 1"]);
});

test("Escape, a second button and a lost pointer each take a drag back, once", () => {
  const ways = [
    (/** @type {any} */ element) => send(element.ownerDocument, "keydown", { key: "Escape" }),
    (/** @type {any} */ element) => send(element, "pointermove", { clientX: 80, clientY: 50, button: 2 }),
    (/** @type {any} */ element) => send(element, "pointercancel"),
    (/** @type {any} */ element) => send(element, "lostpointercapture"),
  ];
  for (const way of ways) {
    const element = stage();
    const { log } = recorder(element);
    send(element, "pointerdown", { clientX: 50, clientY: 50 });
    send(element, "pointermove", { clientX: 70, clientY: 50, button: -1 });
    way(element);
    send(element, "pointerup", { clientX: 90, clientY: 50 });
    assert.deepEqual(log, ["drag", "move 60,30", "cancel"]);
  }
});

test("Escape is the drag's only while there is one", () => {
  const element = stage();
  recorder(element);
  assert.ok(!send(element.ownerDocument, "keydown", { key: "Escape" }).defaultPrevented);
  send(element, "pointerdown", { clientX: 50, clientY: 50 });
  assert.ok(send(element.ownerDocument, "keydown", { key: "Escape" }).defaultPrevented);
});

test("letters that mean something in a drag go to it, others pass", () => {
  const element = stage();
  const { log } = recorder(element);
  send(element, "pointerdown", { clientX: 50, clientY: 50 });
  send(element, "pointermove", { clientX: 70, clientY: 50, button: -1 });
  assert.ok(send(element.ownerDocument, "keydown", { key: "X" }).defaultPrevented);
  assert.ok(!send(element.ownerDocument, "keydown", { key: "q" }).defaultPrevented);
  assert.deepEqual(log.slice(2), ["key x"]);
});

test("two clicks at one place are a double click, at two places they are not", () => {
  const element = stage();
  const { log } = recorder(element);
  const click = (/** @type {number} */ x) => {
    send(element, "pointerdown", { clientX: x, clientY: 50 });
    send(element, "pointerup", { clientX: x, clientY: 50 });
  };
  click(50);
  click(51);
  click(90);
  assert.deepEqual(log, ["click 1", "click 2", "click 1"]);
});

test("a second finger takes back what the first began; two fingers zoom and pan", () => {
  const element = stage();
  const { log } = recorder(element);
  const finger = (/** @type {number} */ pointerId, /** @type {number} */ clientX) => ({ pointerId, clientX, clientY: 50, pointerType: "touch" });
  send(element, "pointerdown", finger(1, 50));
  send(element, "pointermove", { ...finger(1, 70), button: -1 });
  send(element, "pointerdown", finger(2, 110));
  send(element, "pointermove", { ...finger(2, 150), button: -1 });
  assert.deepEqual(log, ["drag", "move 60,30", "cancel", "zoom 2.00 20,0"]);
  send(element, "pointerup", finger(2, 150));
  send(element, "pointermove", { ...finger(1, 60), button: -1 });
  assert.equal(log.filter((line) => line === "drag").length, 1); // the finger that is left begins nothing
});

test("pixels are the element's own at any zoom of the page", () => {
  assert.deepEqual(localPoint(/** @type {any} */ (stage(2)), { clientX: 110, clientY: 60 }), { x: 50, y: 20 });
});

test("the wheel zooms evenly, back as far as forth, and less than a half at once", () => {
  const wheel = (/** @type {number} */ deltaY, mode = 0, ctrlKey = false) => wheelFactor({ deltaY, deltaMode: mode, ctrlKey }, false);
  assert.ok(wheel(-100) > 1 && wheel(100) < 1);
  assert.ok(Math.abs(wheel(-100) * wheel(100) - 1) < 1e-12);
  assert.equal(wheelFactor({ deltaY: 100, deltaMode: 0, ctrlKey: false }, true), wheel(-100));
  assert.ok(wheel(1e6) > 0.5 && wheel(-1e6) < 2);
  assert.ok(Math.abs(wheel(3, 1) - wheel(48)) < 1e-12);
});

test("disposing in a drag takes it back and leaves no listener", () => {
  const element = stage();
  const { log, gestures } = recorder(element);
  send(element, "pointerdown", { clientX: 50, clientY: 50 });
  send(element, "pointermove", { clientX: 70, clientY: 50, button: -1 });
  gestures.dispose();
  send(element, "pointerdown", { clientX: 50, clientY: 50 });
  send(element, "pointermove", { clientX: 90, clientY: 50, button: -1 });
  assert.deepEqual(log, ["drag", "move 60,30", "cancel"]);
});
