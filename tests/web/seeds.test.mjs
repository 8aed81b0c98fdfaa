// Paths from outside as keys; keys on the clipboard.

import assert from "node:assert/strict";
import test from "node:test";

import { keysFromText, textFromKeys } from "../../web/editor/clipboard.mjs";
import { DEFAULT, documentFrom, parseDocument, serializeDocument } from "../../web/editor/document.mjs";
import { pairsFirst } from "../../web/editor/presetPanel.mjs";
import { createSeeds } from "../../web/editor/seedKeeper.mjs";
import { camerasFromRows } from "../../web/math/rows.mjs";
import { allAimedAt, documentFromSeed, seedDiffers, seedOf } from "../../web/editor/seeds.mjs";
import { createStore } from "../../web/editor/store.mjs";
import { samplePath } from "../../web/math/path.mjs";
import { rotationAngleDeg } from "../../web/math/rotation.mjs";
import { distance } from "../../web/math/vec.mjs";

/** A seed of a document's own path. @param {import("../../web/editor/document.mjs").PathDocument} document @param {object} [more] */
const seedFrom = (document, more = {}) => ({
  cameras: samplePath(document).map((camera) => [...camera.position, ...camera.rotation, camera.hfov_deg]),
  fps: document.fps,
  width: 640,
  height: 360,
  scale: /** @type {const} */ ("relative"),
  fingerprint: "abc",
  notes: [],
  frames: document.frames,
  ...more,
});

test("the keys of a seed make its path again, within the tolerance, from fewer cameras", () => {
  const made = documentFromSeed(seedFrom(DEFAULT), DEFAULT);
  assert.ok(made.keys.length < 12);
  for (const [frame, camera] of samplePath(made).entries()) {
    const wanted = samplePath(DEFAULT)[frame];
    assert.ok(distance(camera.position, wanted.position) <= 0.005 + 1e-9);
    assert.ok(rotationAngleDeg(camera.rotation, wanted.rotation) <= 0.25 + 1e-6);
  }
  assert.deepEqual([made.width, made.height, made.scale, made.frames], [640, 360, "relative", 81]);
});

test("a path that looks at the subject all along is aimed at it", () => {
  assert.equal(documentFromSeed(seedFrom(DEFAULT), DEFAULT).aim, "subject");
  assert.equal(documentFromSeed(seedFrom(DEFAULT), { ...DEFAULT, subject: [0, 0, 5] }).aim, "free");
  assert.equal(allAimedAt(camerasFromRows([[0, 0, 1, 1, 0, 0, 0, 60]]), [0, 0, 1]), false); // at the subject: looks nowhere
});

test("a seed that was thinned out keeps its length, in frames and in seconds", () => {
  const rows = seedFrom(DEFAULT).cameras.filter((_, index) => index % 2 === 0);
  const thinned = { ...seedFrom(DEFAULT), cameras: rows, frames: 81, fps: DEFAULT.fps / 2 };
  const made = documentFromSeed(thinned, DEFAULT);
  assert.equal(made.frames, 81);
  assert.equal(made.fps, DEFAULT.fps);
  assert.equal(made.keys[made.keys.length - 1].frame, 80);
});

test("what the document holds beside its path outlives a seed", () => {
  const own = documentFrom({ ...JSON.parse(serializeDocument(DEFAULT)), note: "mine" });
  assert.equal(/** @type {any} */ (documentFromSeed(seedFrom(DEFAULT), own)).note, "mine");
});

test("after a run an unedited editor follows the seed at once, an edited one only when asked", () => {
  const store = createStore(DEFAULT);
  const seeds = createSeeds(store, () => undefined);
  seeds.set(seedFrom(DEFAULT), true);
  assert.equal(seedOf(store.get().document), "abc");
  assert.equal(store.get().document.edited, false);
  assert.equal(seeds.differs(), false);
  store.dispatch({ type: "add_key", frame: 13 });
  const edited = store.get().document;
  assert.equal(seeds.differs(), true);
  seeds.set(seedFrom(DEFAULT, { fingerprint: "new" }), true);
  assert.equal(store.get().document, edited);
  seeds.take();
  assert.equal(seedOf(store.get().document), "new");
  assert.equal(store.get().document.edited, false);
  store.undo();
  assert.equal(store.get().document, edited);
});

test("a seed that no document may hold is told and changes nothing", () => {
  for (const more of [{ frames: 10_001 }, { fps: 1000 }, { width: 16 }]) {
    const store = createStore(DEFAULT);
    /** @type {string[]} */
    const said = [];
    const seeds = createSeeds(store, (key, { why }) => said.push(`${key} ${why}`));
    seeds.set(seedFrom(DEFAULT, more), true);
    assert.equal(store.get().document, DEFAULT);
    assert.match(said.join(), new RegExp(`^seed.unfit "${Object.keys(more)[0]}" must be`));
  }
});

test("a seed that is known from before is offered, and undoing it is not undone", () => {
  const store = createStore(DEFAULT);
  const seeds = createSeeds(store, () => undefined);
  seeds.set(seedFrom(DEFAULT), true);
  store.undo();
  seeds.set(seedFrom(DEFAULT), false);
  assert.equal(store.get().document, DEFAULT);
  assert.equal(seeds.differs(), true);
});

test("which seed a document came from is saved with it", () => {
  const made = documentFromSeed(seedFrom(DEFAULT), DEFAULT);
  const again = /** @type {import("../../web/editor/document.mjs").PathDocument} */ (
    parseDocument(serializeDocument(made)).document
  );
  assert.equal(seedDiffers(seedFrom(DEFAULT), again), false);
  assert.equal(seedDiffers(null, again), false);
});

test("presets that are each other's opposite stand side by side, whatever is between them on the server", () => {
  const names = ["pan_left", "static", "pan_right", "crane_up", "roll_cw", "dolly_zoom", "roll_ccw"].map((name) => ({ name }));
  const sorted = pairsFirst(names).map(({ name }) => name);
  assert.deepEqual(sorted, ["pan_left", "pan_right", "roll_cw", "roll_ccw", "static", "crane_up", "dolly_zoom"]);
});

test("keys travel as text, and other text is not mistaken for keys", () => {
  assert.deepEqual(keysFromText(textFromKeys(DEFAULT.keys.slice(1))), DEFAULT.keys.slice(1));
  for (const text of [null, "", "hello", "{}", '{"format":"raxel-path","version":1,"frames":1e9,"keys":[]}'])
    assert.equal(keysFromText(text), null);
});
