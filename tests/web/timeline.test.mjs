// Where things lie on the timeline, and what a press on it becomes.

import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULT } from "../../web/editor/document.mjs";
import { createStore } from "../../web/editor/store.mjs";
import { createTimelineDrags } from "../../web/editor/timelineDrags.mjs";
import {
  frameAt,
  frameToX,
  HEIGHT,
  hitTimeline,
  holdEnd,
  KEY_ROW,
  keysBetween,
  MARGIN,
  secondTicks,
  shifted,
  ticks,
  wholeSpan,
  WORD_ROW,
  xToFrame,
  zoomed,
} from "../../web/editor/timelineMath.mjs";

const STRIP = { width: 344, span: wholeSpan(81) }; // 4 pixels a frame
const { keys } = DEFAULT; // at 0, 40 and 80

test("frames and pixels are each other's inverse, and the ends have room for a whole key", () => {
  for (const frame of [0, 12.5, 80]) assert.ok(Math.abs(xToFrame(frameToX(frame, STRIP), STRIP) - frame) < 1e-9);
  assert.equal(frameToX(0, STRIP), MARGIN);
  assert.equal(frameToX(80, STRIP), 344 - MARGIN);
  assert.equal(frameAt(-1000, STRIP, 81), 0);
  assert.equal(frameAt(1e6, STRIP, 81), 80);
});

test("a clip of one frame has a place too", () => {
  const strip = { width: 344, span: wholeSpan(1) };
  assert.equal(frameToX(0, strip), MARGIN);
  assert.equal(frameAt(200, strip, 1), 0);
});

test("zooming keeps the frame under the pointer there", () => {
  const x = frameToX(50, STRIP);
  const span = zoomed(STRIP, x, 3, 81);
  assert.ok(Math.abs(xToFrame(x, { ...STRIP, span }) - 50) < 1e-9);
});

test("however one zooms and shifts, the strip shows frames of the clip", () => {
  let strip = STRIP;
  for (let i = 0; i < 200; i++) {
    const span =
      i % 3 ? zoomed(strip, (i * 37) % 344, 0.4 + (i % 7) / 3, 81) : shifted(strip.span, ((i * 29) % 161) - 80, 81);
    strip = { ...strip, span };
    assert.ok(
      span.first >= -1e-9 && span.last <= 80 + 1e-9 && span.last - span.first >= 8 - 1e-9,
      JSON.stringify(span),
    );
  }
});

test("marks are round, in order, and never nearer than asked", () => {
  for (const room of [5, 17, 40]) {
    const marks = ticks(STRIP, room).frames;
    assert.ok(marks.length > 1 && marks[0] >= 0 && marks[marks.length - 1] <= 80);
    for (let i = 1; i < marks.length; i++) assert.ok((marks[i] - marks[i - 1]) * 4 >= room - 1e-9);
  }
  assert.deepEqual(secondTicks(STRIP, 60, 16), [0, 16, 32, 48, 64, 80]);
});

test("a press finds the nearest key, then the end of a hold, then the way between keys", () => {
  const held = [{ ...keys[0], hold: 10 }, ...keys.slice(1)];
  assert.deepEqual(hitTimeline({ x: frameToX(40, STRIP) + 5, y: KEY_ROW }, keys, STRIP), { kind: "key", index: 1 });
  assert.deepEqual(hitTimeline({ x: frameToX(10, STRIP), y: KEY_ROW }, held, STRIP), { kind: "hold", index: 0 });
  assert.deepEqual(hitTimeline({ x: frameToX(20, STRIP), y: WORD_ROW }, keys, STRIP), { kind: "segment", index: 0 });
  assert.deepEqual(hitTimeline({ x: frameToX(20, STRIP), y: KEY_ROW }, keys, STRIP), { kind: "empty" });
  assert.deepEqual(hitTimeline({ x: frameToX(20, STRIP), y: 4 }, keys, STRIP), { kind: "ruler" });
  assert.ok(WORD_ROW < HEIGHT);
});

test("fingers need not be as exact as a mouse", () => {
  const point = { x: frameToX(40, STRIP) + 14, y: KEY_ROW };
  assert.equal(hitTimeline(point, keys, STRIP, "mouse").kind, "empty");
  assert.equal(hitTimeline(point, keys, STRIP, "touch").kind, "key");
});

test("a hold ends a frame before the next key at the latest", () => {
  assert.equal(holdEnd([{ ...keys[0], hold: 500 }, ...keys.slice(1)], 0), 39);
  assert.equal(holdEnd([{ ...keys[2], hold: 5 }], 0), 80);
});

test("a box takes the keys between its sides, whichever was first", () => {
  assert.deepEqual(keysBetween(frameToX(90, STRIP), frameToX(30, STRIP), keys, STRIP), [1, 2]);
});

// ---- presses ----

/** @param {Partial<PointerEvent>} [more] @returns {any} */
const pointer = (more = {}) => ({
  button: 0,
  pointerType: "mouse",
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  clientX: 7,
  clientY: 9,
  ...more,
});

function harness() {
  const store = createStore(DEFAULT);
  /** @type {number[]} */
  const opened = [];
  const host = {
    store,
    strip: () => STRIP,
    setSpan() {},
    redraw() {},
    openSegment: (/** @type {number} */ index) => void opened.push(index),
    holdLimit: 10_000,
  };
  const drags = createTimelineDrags(host);
  /** @param {number} from @param {number} to @param {number} y @param {object} [event] */
  const drag = (from, to, y, event) => {
    drags.down({ x: frameToX(from, STRIP), y }, pointer(event));
    for (const share of [0.3, 0.7, 1])
      drags.move({ x: frameToX(from + share * (to - from), STRIP), y }, pointer(event));
  };
  const release = () => drags.up({ x: 0, y: 0 }, pointer());
  return { store, drags, drag, release, opened, frames: () => store.get().document.keys.map((key) => key.frame) };
}

test("dragging a key moves it in time, in one step of undo", () => {
  const { store, drag, release, frames } = harness();
  drag(40, 60, KEY_ROW);
  release();
  assert.deepEqual(frames(), [0, 60, 80]);
  store.undo();
  assert.deepEqual(frames(), [0, 40, 80]);
  assert.equal(store.canUndo, false);
});

test("Escape in a drag puts the key back", () => {
  const { store, drag, drags, frames } = harness();
  drag(40, 60, KEY_ROW);
  assert.deepEqual(frames(), [0, 60, 80]);
  assert.equal(drags.cancel(), true);
  assert.deepEqual(frames(), [0, 40, 80]);
  assert.equal(store.canUndo, false);
  assert.equal(drags.cancel(), false);
});

test("a click selects the key and goes to it; with Shift it joins or leaves the selection", () => {
  const { store, drag, release } = harness();
  drag(40, 40, KEY_ROW);
  release();
  assert.deepEqual([store.get().selection, store.get().playhead], [[1], 40]);
  drag(80, 80, KEY_ROW, { shiftKey: true });
  release();
  assert.deepEqual([store.get().selection, store.get().playhead], [[1, 2], 40]);
  assert.equal(store.get().document, DEFAULT);
});

test("several selected keys are dragged together", () => {
  const { store, drag, release, frames } = harness();
  store.dispatch({ type: "select", indexes: [1, 2] });
  drag(80, 70, KEY_ROW);
  release();
  assert.deepEqual(frames(), [0, 30, 70]);
});

test("a box selects, and Escape brings the old selection back", () => {
  const { store, drag, drags, release } = harness();
  drag(30, 90, KEY_ROW + 12);
  release();
  assert.deepEqual(store.get().selection, [1, 2]);
  drag(30, 20, KEY_ROW + 12);
  drags.cancel();
  assert.deepEqual(store.get().selection, [1, 2]);
});

test("dragging the end of a hold is one step and stops at the next key", () => {
  const { store, drag, release } = harness();
  store.dispatch({ type: "select", indexes: [0] });
  store.dispatch({ type: "set_keys", patch: { hold: 10 } });
  drag(10, 70, KEY_ROW);
  release();
  assert.equal(store.get().document.keys[0].hold, 39);
  store.undo();
  assert.equal(store.get().document.keys[0].hold, 10);
});

test("scrubbing stops playing and changes no document", () => {
  const { store, drag, release } = harness();
  store.dispatch({ type: "play" });
  drag(10, 33, 5);
  release();
  assert.deepEqual([store.get().playhead, store.get().playing], [33, false]);
  assert.equal(store.get().document, DEFAULT);
});

test("a click between keys opens the menu of that way, and a double click adds a key", () => {
  const { store, drags, drag, release, opened, frames } = harness();
  drag(60, 60, WORD_ROW);
  release();
  assert.deepEqual([opened, store.get().selection], [[1], [1]]);
  drags.doubleClick({ x: frameToX(20, STRIP), y: KEY_ROW });
  assert.deepEqual(frames(), [0, 20, 40, 80]);
});

test("a key that goes while it is pressed, because another path comes, is no longer selected", () => {
  const { store, drag, release } = harness();
  drag(80, 80, KEY_ROW);
  store.reset({ ...DEFAULT, keys: [keys[0]] });
  release();
  assert.deepEqual([store.get().selection, store.get().playhead], [[], 0]);
});
