// The store: gestures, undo, and that no sequence of events makes an invalid document.

import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULT, documentFrom, parseDocument, serializeDocument } from "../../web/editor/document.mjs";
import { copyKeys } from "../../web/editor/reduce.mjs";
import { MAX_STEPS, createStore } from "../../web/editor/store.mjs";
import { randomFrom } from "./kit.mjs";

/** @typedef {import("../../web/editor/reduce.mjs").EditorEvent} EditorEvent */
/** @typedef {import("../../web/math/vec.mjs").Vec3} Vec3 */

/** @param {number} x @returns {EditorEvent} */
const slide = (x) => ({ type: "transform", indexes: "all", translation: [x, 0, 0] });

test("a gesture starts every time from where it began, and is one step", () => {
  const store = createStore(DEFAULT);
  store.begin();
  for (let i = 1; i <= 1000; i++) store.dispatch(slide(i / 1000));
  store.commit();
  assert.equal(store.get().document.keys[0].position[0], 1); // not 500.5
  store.undo();
  assert.equal(store.get().document, DEFAULT);
  assert.equal(store.canUndo, false);
  store.redo();
  assert.equal(store.get().document.keys[0].position[0], 1);
});

test("n edits are n steps back and n steps forth", () => {
  const store = createStore(DEFAULT);
  const seen = [store.get().document];
  for (let i = 0; i < 30; i++) {
    store.dispatch(slide(0.1));
    seen.push(store.get().document);
  }
  for (let i = 29; i >= 0; i--) {
    store.undo();
    assert.equal(store.get().document, seen[i]);
  }
  for (let i = 1; i <= 30; i++) {
    store.redo();
    assert.equal(store.get().document, seen[i]);
  }
});

test("a cancelled gesture leaves no trace", () => {
  const store = createStore(DEFAULT);
  store.dispatch({ type: "select", indexes: [1] });
  store.begin();
  store.dispatch({ type: "delete_keys" });
  store.dispatch(slide(1));
  store.cancel();
  assert.equal(store.get().document, DEFAULT);
  assert.deepEqual(store.get().selection, [1]);
  assert.equal(store.canUndo || store.canRedo, false);
});

test("undo within a gesture takes it back, and begin commits the one before", () => {
  const store = createStore(DEFAULT);
  store.begin();
  store.dispatch(slide(1));
  store.begin();
  const first = store.get().document;
  store.dispatch(slide(1));
  store.undo();
  assert.equal(store.get().document, first);
  store.undo();
  assert.equal(store.get().document, DEFAULT);
});

test("a pull that goes on after undo goes on from where it began, as one step", () => {
  const store = createStore(DEFAULT);
  store.begin();
  store.dispatch(slide(1));
  store.undo();
  assert.equal(store.get().document, DEFAULT);
  for (const distance of [2, 3]) store.dispatch(slide(distance));
  store.commit();
  const once = createStore(DEFAULT);
  once.dispatch(slide(3));
  assert.deepEqual(store.get().document, once.get().document);
  store.undo();
  assert.equal(store.get().document, DEFAULT);
  assert.equal(store.canUndo, false);
});

test("a pull during which another document comes goes on from that one", () => {
  const store = createStore(DEFAULT);
  store.begin();
  store.dispatch(slide(1));
  const other = { ...DEFAULT, frames: 100 };
  store.reset(other);
  for (const distance of [2, 3]) store.dispatch(slide(distance));
  store.commit();
  assert.equal(store.get().document.keys[0].position[0], 3);
  store.undo();
  assert.equal(store.get().document, other);
});

test("a gesture that changes nothing is no step, and an edit after undo ends the way forth", () => {
  const store = createStore(DEFAULT);
  store.begin();
  store.commit();
  assert.equal(store.canUndo, false);
  store.dispatch(slide(1));
  store.undo();
  assert.equal(store.canRedo, true);
  store.dispatch(slide(2));
  assert.equal(store.canRedo, false);
});

test("selecting, seeking and playing are no steps; undo brings the selection of a deleted key back", () => {
  const store = createStore(DEFAULT);
  store.dispatch({ type: "select", indexes: [1] });
  store.dispatch({ type: "seek", frame: 7 });
  store.dispatch({ type: "toggle_play" });
  store.dispatch({ type: "tool", tool: "draw_side" });
  assert.equal(store.canUndo, false);
  store.dispatch({ type: "delete_keys" });
  assert.deepEqual(store.get().selection, []);
  store.undo();
  assert.deepEqual([store.get().selection, store.get().playhead, store.get().playing], [[1], 7, true]);
});

test("a selection made after begin is the one that the gesture moves", () => {
  const store = createStore(DEFAULT);
  store.begin();
  store.dispatch({ type: "select", indexes: [2] });
  store.dispatch({ type: "transform", translation: [0, -1, 0] });
  store.dispatch({ type: "transform", translation: [0, -2, 0] });
  store.commit();
  assert.deepEqual(store.get().document.keys.map((key) => key.position[1]), [0, 0, -2]);
});

test("an impossible edit in a gesture leaves it at its last valid moment", () => {
  const store = createStore(DEFAULT);
  store.begin();
  store.dispatch(slide(1));
  store.dispatch(slide(NaN));
  store.dispatch(slide(1e12));
  assert.equal(store.get().document.keys[0].position[0], 1);
});

test("listeners are told what was and what is, until they leave", () => {
  const store = createStore(DEFAULT);
  /** @type {boolean[]} */
  const told = [];
  const leave = store.subscribe((state, previous) => told.push(state.document !== previous.document));
  store.dispatch(slide(1));
  store.dispatch({ type: "seek", frame: 3 });
  leave();
  store.dispatch(slide(1));
  assert.deepEqual(told, [true, false]);
});

test("a document from outside begins a new history", () => {
  const store = createStore(DEFAULT);
  store.dispatch({ type: "seek", frame: 80 });
  store.dispatch(slide(1));
  const other = documentFrom({ ...DEFAULT, frames: 9, keys: DEFAULT.keys.slice(0, 1) });
  store.reset(other);
  assert.equal(store.get().document, other);
  assert.equal(store.get().playhead, 8);
  assert.equal(store.canUndo || store.canRedo, false);
});

test("history keeps the last steps only", () => {
  const store = createStore(DEFAULT);
  for (let i = 0; i < MAX_STEPS + 10; i++) store.dispatch(slide(1));
  for (let i = 0; i < MAX_STEPS; i++) store.undo();
  assert.equal(store.canUndo, false);
  assert.equal(store.get().document.keys[0].position[0], 10);
});

const WILD = [NaN, Infinity, -Infinity, 1e300, -1e10, 0, 0.5, 1e-300];

/** Events as a person, a bug or a hostile page might send them. @param {() => number} random */
function eventSource(random) {
  /** @param {number} low @param {number} high */
  const between = (low, high) => low + random() * (high - low);
  /** @template T @param {readonly T[]} choices @returns {T} */
  const pick = (choices) => choices[Math.floor(random() * choices.length)];
  const number = (low = -2, high = 2) => (random() < 0.05 ? pick(WILD) : between(low, high));
  const frame = () => (random() < 0.9 ? Math.round(between(-20, 120)) : number(-20, 120));
  /** @returns {Vec3} */
  const vector = () => [number(), number(), number()];
  /** @returns {import("../../web/math/rotation.mjs").Quat} */
  const quaternion = () => (random() < 0.05 ? [0, 0, 0, 0] : [number(), number(), number(), number()]);
  const indexes = () => Array.from({ length: Math.floor(between(0, 5)) }, () => Math.round(number(-1, 12)));
  /** @param {Record<string, () => unknown>} entries */
  const some = (entries) =>
    Object.fromEntries(Object.entries(entries).filter(() => random() < 0.4).map(([name, make]) => [name, make()]));
  const easings = /** @type {const} */ (["linear", "ease_in", "ease_out", "ease_in_out"]);
  /** @type {((state: import("../../web/editor/reduce.mjs").EditorState) => any)[]} */
  const makers = [
    () => ({ type: "add_key", ...some({ frame }) }),
    () => ({ type: "delete_keys" }),
    () => ({ type: "duplicate_keys" }),
    (state) => ({ type: "paste_keys", keys: copyKeys(state), frame: frame() }),
    () => ({ type: "paste_keys", keys: pick([[], [{ frame: 1 }], [null], "keys", new Array(2000).fill({ frame: 2 })]), frame: 3 }),
    () => ({ type: "move_in_time", delta: number(-30, 30) }),
    () => ({
      type: "set_keys",
      patch: some({
        position: vector, rotation: quaternion, frame, hfov_deg: () => number(-10, 200), hold: () => number(-3, 40),
        easing: () => pick([...easings, "bounce"]), interpolation: () => pick(["smooth", "linear", "step"]),
      }),
    }),
    () => ({
      type: "transform", scale: number(0, 2), ...some({ pivot: vector, rotation: quaternion, translation: vector }),
      ...some({ indexes: () => pick(["all", indexes()]) }),
    }),
    () => ({ type: "aim_at", point: vector() }),
    () => ({ type: "roll", deg: number(-400, 400) }),
    () => ({
      type: "set_path", stretch: random() < 0.5, look: random() < 0.2,
      patch: some({
        frames: () => pick([frame(), 1, 2, 300, 81]), fps: () => number(-1, 60), width: () => Math.round(number(0, 2000)), subject: vector,
        aim: () => pick(["free", "subject"]), scale: () => pick(["metric", "relative", "feet"]),
      }),
    }),
    () => ({ type: "reverse" }),
    () => ({ type: "select", indexes: indexes(), mode: pick(["set", "toggle", "add"]) }),
    () => ({ type: "select_all" }),
    () => ({ type: "seek", frame: number(-10, 200) }),
    () => ({ type: "step", delta: number(-5, 5) }),
    ...["next_key", "previous_key", "play", "pause", "toggle_play"].map((type) => () => ({ type })),
  ];
  return pick.bind(null, makers);
}

/** @param {import("../../web/editor/reduce.mjs").EditorState} state */
function assertSound({ document, selection, playhead, playing }) {
  const { document: again, error } = parseDocument(serializeDocument(document));
  assert.ok(again, error);
  assert.deepEqual(again, document);
  assert.deepEqual(selection, [...new Set(selection)].sort((a, b) => a - b));
  assert.ok(selection.every((index) => Number.isInteger(index) && index >= 0 && index < document.keys.length));
  assert.ok(playhead >= 0 && playhead <= document.frames - 1 && (playing || Number.isInteger(playhead)));
}

for (let seed = 1; seed <= 20; seed++) {
  test(`whatever happens, the document stays valid and undo leads back to the first (seed ${seed})`, () => {
    const random = randomFrom(seed);
    const next = eventSource(random);
    const store = createStore(DEFAULT);
    for (let i = 0; i < 300; i++) {
      const chance = random();
      if (chance < 0.05) store.begin();
      else if (chance < 0.09) store.commit();
      else if (chance < 0.1) store.cancel();
      else if (chance < 0.13) store.undo();
      else if (chance < 0.15) store.redo();
      else store.dispatch(next()(store.get()));
      assertSound(store.get());
    }
    for (let i = 0; i < MAX_STEPS && store.canUndo; i++) store.undo();
    assert.equal(store.get().document, DEFAULT);
  });
}

test("an edit that no document may hold changes nothing, and the state says why; the next one that may clears it", () => {
  const store = createStore(DEFAULT);
  store.dispatch({ type: "set_path", patch: { subject: [1e12, 0, 0] } });
  assert.equal(store.get().document, DEFAULT);
  assert.match(store.get().refused?.sentence ?? "", /"subject" must be a number within -1000000000 and 1000000000/);
  assert.equal(store.canUndo, false);
  store.dispatch({ type: "set_path", patch: { subject: [1, 0, 0] } });
  assert.equal(store.get().refused, null);
});

test("a drag that goes too far stays where it last could be", () => {
  const store = createStore(DEFAULT);
  store.begin();
  store.dispatch({ type: "set_path", patch: { subject: [2, 0, 0] } });
  store.dispatch({ type: "set_path", patch: { subject: [1e12, 0, 0] } });
  store.commit();
  assert.deepEqual(store.get().document.subject, [2, 0, 0]);
});
