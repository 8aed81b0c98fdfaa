// Doubtful frames: which they are, how they keep to the path through edits, and what filling leaves alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { canFill, doubtOf, filled, withConfidence } from "../../web/editor/doubt.mjs";
import { DEFAULT, parseDocument, serializeDocument } from "../../web/editor/document.mjs";
import { COMMANDS } from "../../web/editor/commands.mjs";
import { documentFromSeed } from "../../web/editor/seeds.mjs";
import { createStore } from "../../web/editor/store.mjs";
import { LOW_CONFIDENCE, overFrames, runsOfDoubt } from "../../web/math/doubt.mjs";
import { samplePath } from "../../web/math/path.mjs";
import { rotationAngleDeg } from "../../web/math/rotation.mjs";
import { distance } from "../../web/math/vec.mjs";
import { runsOf } from "../../web/view/runs.mjs";

const FRAMES = 81;
const isBad = (/** @type {number} */ frame) => (frame >= 30 && frame <= 46) || frame > 76;
const CONFIDENCE = Array.from({ length: FRAMES }, (_, frame) => (isBad(frame) ? 0.1 : 0.9));

/** An arc whose doubtful frames shake. */
function shaken() {
  const rows = samplePath(DEFAULT).map((camera, frame) => {
    const [x, y, z] = camera.position;
    const away = isBad(frame) ? 0.2 * Math.sin(frame * 2.3) : 0;
    return [x + away, y - away, z, ...camera.rotation, camera.hfov_deg];
  });
  const seed = { cameras: rows, fps: 16, width: 832, height: 480, scale: /** @type {const} */ ("metric"), fingerprint: "a", notes: [], frames: FRAMES };
  return documentFromSeed({ ...seed, confidence: CONFIDENCE }, DEFAULT);
}

test("what is doubtful is what Python calls doubtful", () => {
  const python = readFileSync(new URL("../../raxel_core/geometry/doubt.py", import.meta.url), "utf8");
  assert.equal(LOW_CONFIDENCE, Number(/^LOW_CONFIDENCE = ([\d.]+)$/m.exec(python)?.[1]));
  assert.deepEqual(runsOfDoubt([0.1, LOW_CONFIDENCE, 0.2, 0.24, 0.9, 0]), [[0, 0], [2, 3], [5, 5]]);
});

test("a seed's confidence is saved with the path and read again; another seed takes it away", () => {
  const document = shaken();
  const again = parseDocument(serializeDocument(document)).document ?? DEFAULT;
  assert.deepEqual(doubtOf(again).runs, [[30, 46], [77, 80]]);
  assert.equal(doubtOf(again).count, 21);
  const sure = documentFromSeed({ .../** @type {any} */ (seedLike(again)), confidence: null }, again);
  assert.equal("confidence" in sure, false);
  assert.doesNotMatch(serializeDocument(sure), /confidence/);
});

/** @param {import("../../web/editor/document.mjs").PathDocument} document */
const seedLike = (document) => ({
  cameras: samplePath(document).map((camera) => [...camera.position, ...camera.rotation, camera.hfov_deg]),
  fps: 16, width: 832, height: 480, scale: "metric", fingerprint: "b", notes: [], frames: document.frames,
});

test("a confidence that makes no sense says nothing, and is kept", () => {
  for (const junk of ["high", [], [0.1, "x"], [NaN], [2], { 0: 0.1 }]) {
    const document = /** @type {any} */ ({ ...DEFAULT, confidence: junk });
    assert.equal(doubtOf(document).count, 0);
    assert.equal(doubtOf(document).confidence, null);
    assert.equal(canFill(document), false);
  }
  assert.match(serializeDocument(/** @type {any} */ ({ ...DEFAULT, confidence: "high" })), /"confidence": "high"/);
});

test("fewer values than frames are spread over the clip", () => {
  assert.deepEqual(overFrames([0, 1], 4), [0, 0, 1, 1]);
  assert.deepEqual(overFrames([0.3], 3), [0.3, 0.3, 0.3]);
  assert.deepEqual(overFrames([0.1, 0.2, 0.3], 1), [0.1]);
});

test("doubt keeps to its cameras when the path is reversed, stretched, cut or prolonged", () => {
  const store = createStore(shaken());
  const runs = () => doubtOf(store.get().document).runs;
  store.dispatch({ type: "reverse" });
  assert.deepEqual(runs(), [[0, 3], [34, 50]]);
  store.undo();
  store.dispatch({ type: "set_path", patch: { frames: 161 }, stretch: true });
  const [[first, last]] = runs();
  assert.ok(Math.abs(first - 59.5) <= 1 && Math.abs(last - 92.5) <= 1, `${first} ${last}`);
  store.undo();
  store.dispatch({ type: "set_path", patch: { frames: 41 } });
  assert.deepEqual(runs(), [[30, 40]]);
  store.undo();
  store.dispatch({ type: "set_path", patch: { frames: 90 } });
  assert.deepEqual(runs(), [[30, 46], [77, 89]], "the camera stands where it was doubtful");
});

test("filling leaves no key in doubt and the sure frames where they were, and the way between them is calm", () => {
  const before = shaken();
  assert.ok(canFill(before));
  const after = /** @type {import("../../web/editor/document.mjs").PathDocument} */ (filled(before));
  assert.equal(canFill(after), false);
  assert.deepEqual(doubtOf(after).runs, doubtOf(before).runs, "a guess stays marked as one");
  const [was, is] = [samplePath(before), samplePath(after)];
  const smooth = samplePath(DEFAULT);
  is.forEach((camera, frame) => {
    const wanted = isBad(frame) ? smooth[Math.min(frame, 76)] : was[frame];
    const bound = isBad(frame) ? 0.02 : 0.005 + 1e-9;
    assert.ok(distance(camera.position, wanted.position) <= bound, `frame ${frame}`);
    assert.ok(rotationAngleDeg(camera.rotation, wanted.rotation) <= (isBad(frame) ? 2 : 0.25 + 1e-6), `frame ${frame}`);
  });
  assert.deepEqual(is[80], is[76], "after the last sure frame the camera stands");
});

test("keys on sure frames stay keys when the rest is filled", () => {
  const store = createStore(shaken());
  store.dispatch({ type: "add_key", frame: 13 });
  const after = filled(store.get().document);
  assert.ok(after?.keys.some(({ frame }) => frame === 13));
});

test("where nothing is sure there is nothing to fill from: a sentence, and the path stays", () => {
  const store = createStore(withConfidence(shaken(), [0.1]));
  const before = store.get().document;
  assert.equal(filled(before), null);
  /** @type {string[]} */
  const said = [];
  const context = /** @type {any} */ ({ store, t: (/** @type {string} */ key) => key, notify: (/** @type {any} */ { text }) => said.push(text) });
  COMMANDS.fill_doubtful.run(context);
  assert.deepEqual(said, ["doubt.all"]);
  assert.equal(store.get().document, before);
});

test("one sure frame is enough: the camera stands there", () => {
  const one = withConfidence(shaken(), CONFIDENCE.map((_, frame) => (frame === 20 ? 1 : 0)));
  const after = filled(one);
  assert.deepEqual(after?.keys.map(({ frame }) => frame), [20]);
});

test("filling is one step of undo", () => {
  const store = createStore(shaken());
  const before = store.get().document;
  COMMANDS.fill_doubtful.run(/** @type {any} */ ({ store }));
  assert.ok(store.get().document.edited);
  store.undo();
  assert.equal(store.get().document, before);
});

test("a line falls apart where it is not seen and where doubt begins, and loses no point", () => {
  const at = (/** @type {number} */ x) => ({ x, y: 0, depth: 1 });
  const points = [at(0), at(1), null, at(3), at(4), at(5), at(6)];
  const runs = runsOf(points, (index) => index === 4);
  assert.deepEqual(
    runs.map(({ points: run, doubtful }) => [run.map(({ x }) => x), doubtful]),
    [[[0, 1], false], [[3, 4, 5], true], [[5, 6], false]],
  );
});
