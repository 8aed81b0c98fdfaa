// What each event does to the document.

import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULT, documentFrom } from "../../web/editor/document.mjs";
import { copyKeys, initialState, reduce } from "../../web/editor/reduce.mjs";
import { cameraAt, samplePath } from "../../web/math/path.mjs";
import { quatConjugate, quatFromAxisAngleDeg, quatMultiply, quatRotate, rotationAngleDeg } from "../../web/math/rotation.mjs";
import { subtract } from "../../web/math/vec.mjs";
import { assertCameraClose, assertClose, pathFixtures } from "./kit.mjs";

/** @typedef {import("../../web/editor/reduce.mjs").EditorEvent} EditorEvent */

/** @param {number[]} frames @param {object} [rest] @param {object[]} [extra] by key */
const stateOf = (frames, rest = {}, extra = []) =>
  initialState(
    documentFrom({
      format: "raxel-path",
      version: 1,
      frames: 81,
      ...rest,
      keys: frames.map((frame, i) => ({ frame, position: [i, 0, 0], rotation: [1, 0, 0, 0], ...extra[i] })),
    }),
  );

/** @param {import("../../web/editor/reduce.mjs").EditorState} state @param {...EditorEvent} events */
const after = (state, ...events) => events.reduce(reduce, state);

/** @param {import("../../web/editor/reduce.mjs").EditorState} state */
const framesOf = (state) => state.document.keys.map((key) => key.frame);

/** @param {...number} indexes @returns {EditorEvent} */
const select = (...indexes) => ({ type: "select", indexes });

/**
 * @param {import("../../web/editor/document.mjs").PathDocument} document
 * @param {import("../../web/editor/document.mjs").Key} key
 */
const seenSubject = (document, key) =>
  quatRotate(quatConjugate(key.rotation), subtract(document.subject, key.position));

test("every edit marks the document as edited, but for a replacement that says it is not", () => {
  const state = stateOf([0, 10]);
  assert.equal(after(state, { type: "add_key", frame: 5 }).document.edited, true);
  assert.equal(after(state, { type: "replace", document: DEFAULT, edited: false }).document.edited, false);
  assert.equal(after(state, { type: "replace", document: DEFAULT }).document.edited, true);
  assert.equal(after(state, { type: "seek", frame: 5 }).document.edited, false);
});

test("a new key stands where the path was, is selected, and hardly bends the path", () => {
  const { document } = pathFixtures().filter(({ name }) => name === "eased_smooth")[0];
  const state = initialState(documentFrom(document));
  const before = cameraAt(state.document, 22);
  const next = after(state, { type: "add_key", frame: 22 });
  assert.deepEqual([framesOf(next), next.selection], [[5, 16, 22, 27, 38, 49], [2]]);
  assertCameraClose(cameraAt(next.document, 22), before, 1e-9);
  const bent = samplePath(next.document).map((camera, i) => Math.abs(camera.position[0] - samplePath(state.document)[i].position[0]));
  assert.ok(Math.max(...bent) < 0.05, `bent by ${Math.max(...bent)} of a way of 0.4 a key`);
});

test("a key at the playhead where one is selects it and changes nothing", () => {
  const state = after(stateOf([0, 10]), { type: "seek", frame: 10 }, { type: "add_key" });
  assert.deepEqual([state.selection, state.document.edited], [[1], false]);
});

test("a key within a hold goes on holding", () => {
  const state = after(stateOf([0, 40], {}, [{ hold: 20 }]), { type: "add_key", frame: 5 });
  assert.equal(state.document.keys[1].hold, 15);
  for (let frame = 0; frame <= 20; frame++) assertClose(cameraAt(state.document, frame).position, [0, 0, 0], 0);
});

test("keys before the first and after the last stand with it", () => {
  const state = after(stateOf([10, 20]), { type: "add_key", frame: 0 }, { type: "add_key", frame: 999 });
  assert.deepEqual(state.document.keys.map((key) => [key.frame, key.position[0]]), [[0, 0], [10, 0], [20, 1], [80, 1]]);
});

test("deleting takes the selected keys, and leaves one", () => {
  const state = stateOf([0, 10, 20]);
  assert.deepEqual(framesOf(after(state, select(0, 2), { type: "delete_keys" })), [10]);
  assert.deepEqual(framesOf(after(state, { type: "select_all" }, { type: "delete_keys" })), [0]);
});

test("moved in time, keys stop at their neighbours and at the clip's ends, and stay apart", () => {
  const state = stateOf([0, 10, 20, 30]);
  assert.deepEqual(framesOf(after(state, select(1), { type: "move_in_time", delta: 100 })), [0, 19, 20, 30]);
  assert.deepEqual(framesOf(after(state, select(1), { type: "move_in_time", delta: -100 })), [0, 1, 20, 30]);
  assert.deepEqual(framesOf(after(state, select(1, 2), { type: "move_in_time", delta: 100 })), [0, 19, 29, 30]);
  assert.deepEqual(framesOf(after(state, select(1, 3), { type: "move_in_time", delta: 100 })), [0, 19, 20, 39]);
  assert.deepEqual(framesOf(after(state, { type: "select_all" }, { type: "move_in_time", delta: 100 })), [50, 60, 70, 80]);
});

test("a frame typed in moves the key past others, or next to one that has it", () => {
  const state = stateOf([0, 10, 20]);
  const passed = after(state, select(0), { type: "set_keys", patch: { frame: 15 } });
  assert.deepEqual([framesOf(passed), passed.selection], [[10, 15, 20], [1]]);
  assert.deepEqual(framesOf(after(state, select(0), { type: "set_keys", patch: { frame: 20 } })), [10, 19, 20]);
});

test("numbers typed in are held within their ranges", () => {
  const state = after(stateOf([0, 10]), select(1), { type: "set_keys", patch: { hfov_deg: 500, hold: -3.2, rotation: [2, 0, 0, 0] } });
  const { hfov_deg, hold, rotation } = state.document.keys[1];
  assert.deepEqual([hfov_deg, hold, rotation], [170, 0, [1, 0, 0, 0]]);
});

test("copies stand after the selected keys with the same distances, on free frames, or before the clip's end", () => {
  const state = stateOf([0, 10, 20], { fps: 16 });
  const copied = after(state, select(0, 1), { type: "duplicate_keys" });
  assert.deepEqual([framesOf(copied), copied.selection], [[0, 10, 18, 20, 28], [2, 4]]);
  assert.deepEqual(framesOf(after(stateOf([0, 80]), select(1), { type: "duplicate_keys" })), [0, 79, 80]);
});

test("pasted keys keep their distances, take the place of keys there, and end within the clip", () => {
  const state = after(stateOf([0, 10, 20]), select(1, 2));
  const keys = copyKeys(state);
  const pasted = after(state, { type: "paste_keys", keys, frame: 20 });
  assert.deepEqual([framesOf(pasted), pasted.selection], [[0, 10, 20, 30], [2, 3]]);
  assert.equal(pasted.document.keys[2].position[0], 1);
  assert.deepEqual(framesOf(after(state, { type: "paste_keys", keys, frame: 79 })), [0, 10, 20, 70, 80]);
});

test("a turn and a move of the whole path are those of every camera of it", () => {
  const { document } = pathFixtures().filter(({ name }) => name === "by_chance")[0];
  const state = initialState(documentFrom(document));
  const rotation = quatFromAxisAngleDeg([0, 1, 0], 90);
  const turned = after(state, { type: "transform", indexes: "all", pivot: [0, 0, 1], rotation, translation: [0, -2, 0] });
  // About y through (0, 0, 1): x goes to -z, z - 1 to x.
  state.document.keys.forEach(({ position: [x, y, z], rotation: own }, i) => {
    const key = turned.document.keys[i];
    assertCameraClose(key, { ...key, position: [z - 1, y - 2, 1 - x], rotation: quatMultiply(rotation, own) }, 1e-9);
  });
});

test("scaling moves cameras away from the pivot and turns none", () => {
  const state = after(stateOf([0, 10]), { type: "transform", indexes: "all", pivot: [1, 1, 1], scale: 3 });
  assert.deepEqual(state.document.keys.map((key) => key.position), [[-2, -2, -2], [1, -2, -2]]);
  assert.deepEqual(state.document.keys[0].rotation, [1, 0, 0, 0]);
});

test("aiming turns the camera to the point and keeps its roll", () => {
  const rolled = quatFromAxisAngleDeg([0, 0, 1], 20);
  const state = after(stateOf([0], {}, [{ rotation: rolled }]), select(0), { type: "aim_at", point: [3, 0, 3] });
  const { rotation } = state.document.keys[0];
  assertClose(quatRotate(quatConjugate(rotation), [3, 0, 3]), [0, 0, Math.hypot(3, 3)]);
  assertClose([quatRotate(rotation, [1, 0, 0])[1]], [Math.sin((20 * Math.PI) / 180)]); // the right hand as low as before
});

test("rolling turns about the camera's own axis, clockwise as the operator sees it", () => {
  const start = quatFromAxisAngleDeg([0, 1, 0], 50);
  const state = after(stateOf([0], {}, [{ rotation: start }]), select(0), { type: "roll", deg: 30 });
  const { rotation } = state.document.keys[0];
  assertClose(quatRotate(rotation, [0, 0, 1]), quatRotate(start, [0, 0, 1]));
  assertClose([rotationAngleDeg(start, rotation)], [30]);
  assert.ok(quatRotate(rotation, [1, 0, 0])[1] > 0);
});

test("on a path aimed at its subject, moved keys keep it in frame; so do all when the subject moves", () => {
  const offset = quatFromAxisAngleDeg([0, 1, 0], 5);
  const state = after(stateOf([0, 40], { aim: "subject", subject: [0, 0, 4] }, [{ position: [0, 0, 0], rotation: offset }]), select(0));
  /** @param {EditorEvent} event */
  const direction = (event) => {
    const { document } = after(state, event);
    const [x, y, z] = seenSubject(document, document.keys[0]);
    return [x / z, y / z];
  };
  const before = [Math.tan((-5 * Math.PI) / 180), 0];
  assertClose(direction({ type: "transform", translation: [2, -1, 1] }), before);
  assertClose(direction({ type: "set_keys", patch: { position: [-3, 0, 1] } }), before);
  assertClose(direction({ type: "set_path", patch: { subject: [1, 2, 3] } }), before);
});

test("a turn turns cameras whatever the aim: on the spot it changes the framing, about the subject it keeps it", () => {
  const state = after(stateOf([0, 40], { aim: "subject", subject: [0, 0, 4] }), select(0));
  const rotation = quatFromAxisAngleDeg([0, 1, 0], 15);
  const onTheSpot = after(state, { type: "transform", pivot: state.document.keys[0].position, rotation });
  assertClose([rotationAngleDeg(onTheSpot.document.keys[0].rotation, state.document.keys[0].rotation)], [15]);
  const around = after(state, { type: "transform", pivot: [0, 0, 4], rotation }).document;
  assertClose(seenSubject(around, around.keys[0]), [0, 0, 4]);
});

test("switching the aim to the subject turns no key unless asked to look", () => {
  const state = stateOf([0, 40], { subject: [0, 0, 4] });
  const aimed = after(state, { type: "set_path", patch: { aim: "subject" } });
  assert.deepEqual(aimed.document.keys[1].rotation, [1, 0, 0, 0]);
  const looking = after(state, { type: "set_path", patch: { aim: "subject" }, look: true });
  const [x, y, z] = seenSubject(looking.document, looking.document.keys[1]);
  assert.ok(Math.hypot(x, y) < 1e-9 && z > 0);
});

test("a longer clip leaves keys alone or stretches them; a shorter one ends where the path was", () => {
  const state = stateOf([0, 40, 80]);
  const at50 = cameraAt(state.document, 50);
  assert.deepEqual(framesOf(after(state, { type: "set_path", patch: { frames: 161 } })), [0, 40, 80]);
  assert.deepEqual(framesOf(after(state, { type: "set_path", patch: { frames: 161 }, stretch: true })), [0, 80, 160]);
  assert.deepEqual(framesOf(after(state, { type: "set_path", patch: { frames: 41 }, stretch: true })), [0, 20, 40]);
  const cut = after(state, { type: "set_path", patch: { frames: 51 } });
  assert.deepEqual(framesOf(cut), [0, 40, 50]);
  assertCameraClose(cut.document.keys[2], at50);
});

test("keys stretched into fewer frames stay apart, and too few frames are refused", () => {
  const state = stateOf([0, 1, 2, 3, 80]);
  for (const crowded of [state, stateOf([0, 77, 78, 79, 80])]) {
    const squeezed = after(crowded, { type: "set_path", patch: { frames: 5 }, stretch: true });
    assert.deepEqual(framesOf(squeezed), [0, 1, 2, 3, 4]);
  }
  const refused = after(state, { type: "set_path", patch: { frames: 4 }, stretch: true });
  assert.equal(refused.document, state.document);
  assert.notEqual(refused.refused, null);
});

test("reversed, the path is the same path backwards, holds and easings too; twice is where it was", () => {
  const turnsAboutOneAxis = [0, 50, -20].map((angle) => ({ rotation: quatFromAxisAngleDeg([0, 1, 0], angle) }));
  const extra = [{ hold: 9, easing: "ease_in" }, { hold: 4, interpolation: "linear" }, { hold: 5, easing: "ease_out" }];
  const state = stateOf([3, 30, 70], {}, extra.map((rest, i) => ({ ...rest, ...turnsAboutOneAxis[i], hfov_deg: 40 + 9 * i })));
  const back = after(state, { type: "reverse" });
  const path = samplePath(state.document);
  samplePath(back.document).forEach((camera, i) => assertCameraClose(camera, path[80 - i], 1e-9));
  const again = samplePath(after(back, { type: "reverse" }).document);
  again.forEach((camera, i) => assertCameraClose(camera, path[i], 1e-9));
});

test("the selection is sorted, toggles, and never points beside the keys", () => {
  const state = stateOf([0, 10, 20]);
  assert.deepEqual(after(state, select(2, 0, 7, -1, 0.5)).selection, [0, 2]);
  assert.deepEqual(after(state, select(1), { type: "select", indexes: [1, 2], mode: "toggle" }).selection, [2]);
  assert.deepEqual(after(state, select(1), { type: "select", indexes: [0], mode: "add" }).selection, [0, 1]);
});

test("the playhead stays in the clip and on whole frames unless it plays; keys are reached one by one", () => {
  const state = stateOf([5, 10, 20]);
  assert.equal(after(state, { type: "seek", frame: 3.4 }).playhead, 3);
  assert.equal(after(state, { type: "play" }, { type: "seek", frame: 3.4 }).playhead, 3.4);
  assert.equal(after(state, { type: "play" }, { type: "seek", frame: 3.4 }, { type: "pause" }).playhead, 3);
  assert.equal(after(state, { type: "seek", frame: 80 }, { type: "toggle_play" }).playhead, 0);
  assert.equal(after(state, { type: "step", delta: -1 }).playhead, 0);
  assert.equal(after(state, { type: "seek", frame: 9 }, { type: "seek", frame: NaN }).playhead, 9);
  const on = after(state, { type: "next_key" }, { type: "next_key" });
  assert.deepEqual([on.playhead, on.selection], [10, [1]]);
  assert.equal(after(on, { type: "previous_key" }, { type: "previous_key" }).playhead, 5);
});
