// What a run says of requested and achieved paths, as the editor shows it.

import assert from "node:assert/strict";
import test from "node:test";

import { comparisonOf, errorsAt, keptTake, summaryOf } from "../../web/editor/comparison.mjs";
import { DEFAULT, documentFrom } from "../../web/editor/document.mjs";
import { scaleOfLane } from "../../web/editor/errorStrip.mjs";
import { hitTimeline, HEIGHT, ERRORS_HEIGHT, wholeSpan } from "../../web/editor/timelineMath.mjs";
import { showCompared } from "../../web/host/achieved.mjs";
import { addEditorWidget } from "../../web/host/editorWidget.mjs";
import { fromFirst } from "../../web/math/compare.mjs";
import { samplePath } from "../../web/math/path.mjs";
import { distance } from "../../web/math/vec.mjs";

const moved = documentFrom({ ...DEFAULT, keys: DEFAULT.keys.map((key) => ({ ...key, position: [key.position[0] + 3, 1, key.position[2]] })) });
const rowsOf = (/** @type {readonly import("../../web/math/path.mjs").Camera[]} */ cameras) =>
  cameras.map((camera) => [...camera.position, ...camera.rotation, camera.hfov_deg]);
const seed = (/** @type {number[][]} */ cameras, /** @type {object} */ more = {}) => ({
  cameras, fps: 16, width: 832, height: 480, scale: /** @type {const} */ ("metric"), fingerprint: "a", notes: [], frames: cameras.length, ...more,
});
const CAMERAS = samplePath(moved);
/** As the server tells: from the requested path's first camera. */
const CANONICAL = rowsOf(fromFirst(CAMERAS));
const told = (/** @type {object} */ more = {}) => ({
  rotation_deg: CAMERAS.map((_, frame) => frame / 10), position: CAMERAS.map((_, frame) => frame / 1000), confidence: null,
  tolerance_deg: 5, tolerance_distance: 0.05, take: 0, seed: "7", kept: true, subject_distance: 2, ...more,
});

test("a plot of two paths has errors too: those of the paths as each begins, without a tolerance", () => {
  const off = rowsOf(CAMERAS).map(([x, y, z, ...rest], frame) => [x + 9, y + (frame === 40 ? 0.3 : 0), z, ...rest]);
  const { takes, achieved } = comparisonOf(moved, seed(rowsOf(CAMERAS)), seed(off));
  const { errors } = takes[0];
  assert.equal(takes.length, 1);
  assert.equal(errors?.tolerance, null);
  assert.ok(Math.abs((errors?.position[40] ?? 0) * (errors?.subjectDistance ?? 0) - 0.3) < 1e-9);
  assert.ok((errors?.position[39] ?? 1) < 1e-9, "where both begin does not count");
  achieved.forEach(({ position }, frame) => frame === 40 || assert.ok(distance(position, CAMERAS[frame].position) < 1e-9));
});

test("what was compared stands where it was compared, also where its first camera is off", () => {
  const off = CANONICAL.map(([x, y, z, ...rest]) => [x, y, z + 0.5, ...rest]);
  const { achieved } = comparisonOf(moved, seed(CANONICAL), seed(off), [told()]);
  assert.ok(Math.abs(distance(achieved[0].position, CAMERAS[0].position) - 0.5) < 1e-9);
});

test("takes keep their order, their seeds of any size, and which one was kept", () => {
  const entries = [told({ kept: false, seed: "18446744073709551615" }), told({ take: 1 }), told({ take: 2, kept: false, rotation_deg: null, position: null })];
  const comparison = comparisonOf(moved, seed(CANONICAL), seed(CANONICAL, { confidence: CANONICAL.map(() => 0.1) }), entries);
  assert.deepEqual(comparison.takes.map(({ number, seed: text }) => [number, text]), [[1, "18446744073709551615"], [2, "7"], [3, "7"]]);
  assert.equal(keptTake(comparison).number, 2);
  assert.equal(comparison.takes[2].errors, null);
  assert.ok(comparison.doubtful.every(Boolean));
});

test("frames beyond either tolerance are counted once", () => {
  const { errors } = comparisonOf(moved, seed(CANONICAL), seed(CANONICAL), [told()]).takes[0];
  if (!errors) throw new Error("no errors");
  const summary = summaryOf(errors);
  assert.deepEqual([summary.beyond, summary.frames], [30, 81]); // degrees from frame 51 on, distances too
  assert.deepEqual(errorsAt(errors, 20, 81), { rotation_deg: 2, position: 0.02, doubtful: false });
  assert.equal(errorsAt(errors, 80, 161).position, 0.04, "a clip of another length counts the same time");
  assert.equal(errorsAt(errors, 999, 81).position, 0.08);
});

test("a lane has room above its tolerance, holds its largest error, and never divides by nothing", () => {
  assert.ok(scaleOfLane({ values: [0, 1], limit: 5 }) > 5);
  assert.equal(scaleOfLane({ values: [0, 50], limit: 5 }), 50);
  assert.ok(scaleOfLane({ values: [0, 0], limit: null }) > 0);
});

test("a press on the errors seeks, as one on the ruler does", () => {
  const strip = { width: 344, span: wholeSpan(81) };
  for (const y of [HEIGHT + 1, HEIGHT + ERRORS_HEIGHT]) assert.equal(hitTimeline({ x: 100, y }, DEFAULT.keys, strip).kind, "ruler");
});

test("a plot takes nothing away that a comparison showed, and a node that is gone gives way", async () => {
  /** @type {any[]} */
  const shown = [];
  const editor = { setComparison: (/** @type {any} */ next) => shown.push(next && (next.errors ? "errors" : "paths")) };
  const node = /** @type {any} */ (editorNode());
  globalThis.document = /** @type {any} */ ({ createElement: () => ({ style: {}, addEventListener() {} }) });
  addEditorWidget(node, { app: {}, load: async () => ({ createNodeEditor: () => ({ editor }) }) });
  node.onAdded();
  await new Promise((done) => setTimeout(done));
  const source = (/** @type {string} */ comfyClass, /** @type {string} */ input) => {
    const link = { origin_id: 1, origin_slot: 0 };
    return { comfyClass, inputs: [{ name: input, type: "RAXEL_TRAJECTORY" }], getInputLink: () => link, graph: { getNodeById: () => node } };
  };
  const compare = source("RaxelCompareTrajectories", "requested");
  const plot = source("RaxelPreviewTrajectory", "trajectory");
  const [path, other] = [seed(CANONICAL), seed(CANONICAL)];
  showCompared({}, plot, { raxel_paths: [path, other] });
  showCompared({}, compare, { raxel_paths: [path, other], raxel_errors: [told()] });
  showCompared({}, plot, { raxel_paths: [path, other] });
  showCompared({}, plot, { raxel_paths: [path] });
  assert.deepEqual(shown, ["paths", "errors"]);
  compare.graph = /** @type {any} */ (null);
  showCompared({}, plot, { raxel_paths: [path] });
  assert.deepEqual(shown, ["paths", "errors", null]);
  showCompared({}, source("SaveImage", "images"), { raxel_paths: [path, other] });
  assert.equal(shown.length, 3);
});

/** As much of a node as the widget needs. */
function editorNode() {
  return { widgets: [{ name: "path", value: "" }], addDOMWidget: () => ({}), inputs: [] };
}
