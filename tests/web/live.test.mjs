// The live view: whose a message is, what is kept of a run, and what is drawn of a path.

import assert from "node:assert/strict";
import test from "node:test";

import { nodeAt } from "../../web/host/graph.mjs";
import { belongsTo, startLive, whenInGraph } from "../../web/live/attach.mjs";
import { shareDone, wordsOf } from "../../web/live/liveView.mjs";
import { camerasFromRows } from "../../web/math/rows.mjs";
import { fittedProjection, framesShown, frustumDepth, frustumOf } from "../../web/live/pathPicture.mjs";
import { createRuns, EMPTY, ended, hasContent, withChosen, withClips, withStep } from "../../web/live/runs.mjs";
import { toScreen } from "../../web/view/project.mjs";

/** @typedef {import("../../web/live/runs.mjs").StepNews} StepNews */

/** @param {Partial<StepNews>} [more] @returns {StepNews} */
const news = (more) => ({ node: "4", workflow: "w", step: 1, total: 5, take: 0, takes: 1, frames: "data:image/jpeg;base64,AA", count: 5, width: 96, height: 64, cameras: [[0, 0, 0, 1, 0, 0, 0, 60]], ...more });
/** @param {string} filename @returns {import("../../web/live/runs.mjs").Clip} */
const clip = (filename) => ({ filename, subfolder: "", type: "temp", fps: 8, frames: 17, width: 96, height: 64, seed: "7", workflow: "w", cameras: null });

test("nothing is shown before the first step, and something ever after", () => {
  assert.equal(hasContent(EMPTY), false);
  const running = withStep(EMPTY, news({ frames: null, cameras: null }));
  assert.equal(hasContent(running), true);
  assert.equal(hasContent(ended(withStep(EMPTY, news()))), true);
  assert.equal(hasContent(ended(running)), false, "a run that was stopped before it had a picture leaves no empty box");
});

test("a step without a path keeps the path of the step before, not that of another take", () => {
  const first = withStep(EMPTY, news({ cameras: [[1, 0, 0, 1, 0, 0, 0, 60]] }));
  assert.deepEqual(withStep(first, news({ step: 2, cameras: null })).news?.cameras, [[1, 0, 0, 1, 0, 0, 0, 60]]);
  assert.equal(withStep(first, news({ step: 1, take: 1, cameras: null })).news?.cameras, null);
  assert.equal(withStep(first, news({ step: 2, frames: null, count: 0 })).news?.count, 5);
});

test("a new run takes the films of the last one away, and the end of a run brings its own", () => {
  const done = withClips(withStep(EMPTY, news()), [clip("a"), clip("b")]);
  assert.equal(done.running, false);
  assert.equal(withChosen(done, 9).chosen, 1);
  assert.deepEqual(withStep(withChosen(done, 1), news()).clips, []);
});

test("of several takes the one that was kept is shown first, else the first", () => {
  assert.equal(withClips(EMPTY, [clip("a"), clip("b")]).chosen, 0);
  assert.equal(withClips(EMPTY, [{ ...clip("a"), kept: false }, { ...clip("b"), kept: true }]).chosen, 1);
});

test("the words and the bar count takes and steps", () => {
  const t = (/** @type {string} */ key, /** @type {any} */ values = {}) => `${key} ${Object.values(values).join("/")}`;
  const run = withStep(EMPTY, news({ step: 2, total: 4, take: 1, takes: 2 }));
  assert.equal(wordsOf(run, t), "live.take 2/2  live.step 2/4");
  assert.equal(shareDone(run), 0.75);
  assert.equal(wordsOf(ended(withStep(EMPTY, news())), t), "live.stopped 1/5");
  assert.equal(wordsOf(withClips(run, [clip("a")]), t), "");
});

test("runs without end are forgotten, oldest first", () => {
  const runs = createRuns();
  for (let i = 0; i < 100; i++) runs.update({ workflow: "w", node: String(i) }, (run) => withStep(run, news()));
  assert.equal(runs.find(({ node }) => node === "0"), null);
  assert.ok(runs.find(({ node }) => node === "99"));
});

/** A root graph with node 4, and node 1 a subgraph with node 2, which is a subgraph with node 3. */
function graphs() {
  /** @type {(nodes: Record<string, any>, id?: string) => any} */
  const graph = (nodes, id) => ({ id, getNodeById: (/** @type {any} */ key) => nodes[key] ?? null });
  const inner = {};
  const flat = {};
  const root = graph({ 4: flat, 1: { subgraph: graph({ 2: { subgraph: graph({ 3: inner }) } }) } }, "w");
  return { root, inner, flat };
}

test("an execution id leads through subgraphs to its node", () => {
  const { root, inner, flat } = graphs();
  assert.equal(nodeAt({ graph: root }, "4"), flat);
  assert.equal(nodeAt({ graph: root }, "1:2:3"), inner);
  for (const id of ["", "9", "1:9", "4:1", "1:2:3:4", "x"]) assert.equal(nodeAt({ graph: root }, id), null);
});

test("news of one workflow are not shown in another one with the same numbers", () => {
  const { root, flat } = graphs();
  const mine = belongsTo({ graph: root }, flat);
  assert.equal(mine({ workflow: "w", node: "4" }), true);
  assert.equal(mine({ workflow: "other", node: "4" }), false);
  assert.equal(mine({ workflow: "", node: "4" }), true, "a server that does not tell is believed");
  assert.equal(mine({ workflow: "w", node: "1:2:3" }), false);
});

test("a node gets its view once, when it is in a graph: what is only made to copy from gets none", async () => {
  let views = 0;
  /** @type {any} */
  const node = { id: 4, onAdded: () => "own" };
  whenInGraph(node, () => views++);
  await Promise.resolve();
  assert.equal(views, 0);
  node.graph = { getNodeById: () => node };
  assert.equal(node.onAdded(), "own");
  node.onAdded();
  await Promise.resolve();
  assert.equal(views, 1);
  whenInGraph({ id: 4, graph: { getNodeById: () => node } }, () => views++);
  assert.equal(views, 1, "a graph that was cleared has let its node go");
  whenInGraph(node, () => views++);
  assert.equal(views, 2, "one that was there before us");
});

/** An api that remembers what was posted. */
function fakeApi() {
  const api = Object.assign(new EventTarget(), {
    clientId: "",
    /** @type {any[]} */ posted: [],
    /** @type {any} */ history: {},
    fetchApi: async (/** @type {string} */ address, /** @type {any} */ options) => {
      if (options) api.posted.push([address, JSON.parse(options.body)]);
      return { json: async () => api.history };
    },
    say: (/** @type {string} */ type, /** @type {any} */ detail) => api.dispatchEvent(new CustomEvent(type, { detail })),
  });
  return api;
}

test("the server is told once that this page draws, again after it went away, and when the setting changes", () => {
  const api = fakeApi();
  let on = true;
  const live = startLive({ api, isOn: () => on });
  assert.deepEqual(api.posted, [], "the page has no name yet");
  api.clientId = "me";
  for (let i = 0; i < 5; i++) api.say("status", {});
  assert.deepEqual(api.posted, [["/raxel/live", { client_id: "me", on: true }]]);
  api.say("reconnected", {});
  assert.equal(api.posted.length, 2);
  on = false;
  live.changed();
  assert.deepEqual(api.posted[2][1], { client_id: "me", on: false });
  live.dispose();
  api.clientId = "other";
  api.say("status", {});
  assert.equal(api.posted.length, 3);
});

test("steps and films of the server reach the run of their node, and an interrupt ends it", () => {
  const api = fakeApi();
  const { runs } = startLive({ api, isOn: () => true });
  const run = () => runs.find(({ node }) => node === "1:4")?.run;
  api.say("raxel.step", news({ node: "1:4" }));
  assert.equal(run()?.running, true);
  api.say("execution_interrupted", {});
  assert.equal(run()?.running, false);
  api.say("raxel.step", news({ node: "1:4" }));
  api.say("executed", { node: "1:4", output: { raxel_clip: [clip("a.mp4")] } });
  assert.equal(run()?.clips[0].filename, "a.mp4");
  for (const output of [null, {}, { raxel_clip: [] }, { raxel_clip: "x" }]) api.say("executed", { node: "9", output });
  assert.equal(runs.find(({ node }) => node === "9"), null);
});

test("a page that was loaded again finds the films of before", async () => {
  const api = fakeApi();
  api.history = { a: { outputs: { 4: { raxel_clip: [clip("old.mp4")] }, 5: { images: [] } } }, b: { outputs: { 4: { raxel_clip: [clip("new.mp4")] } } }, c: {} };
  const { runs } = startLive({ api, isOn: () => true });
  await new Promise((done) => setTimeout(done, 5));
  assert.equal(runs.find(({ node, workflow }) => node === "4" && workflow === "w")?.run.clips[0].filename, "new.mp4");
});

test("films of before are not shown over a run that is under way, nor where nobody knows whose they are", async () => {
  const api = fakeApi();
  const nobodys = { ...clip("nobodys.mp4"), workflow: "" };
  api.history = { a: { outputs: { 4: { raxel_clip: [clip("old.mp4")] }, 5: { raxel_clip: [nobodys] } } } };
  const { runs } = startLive({ api, isOn: () => true });
  api.say("raxel.step", news({ node: "4" }));
  await new Promise((done) => setTimeout(done, 5));
  assert.equal(runs.find(({ node }) => node === "4")?.run.running, true);
  assert.equal(runs.find(({ node }) => node === "5"), null);
});

test("a path of any size fills its window, and stays inside", () => {
  for (const unit of [1e-4, 1, 1e5]) {
    const cameras = camerasFromRows(Array.from({ length: 9 }, (_, i) => [i * unit, -i * unit, 2 * i * unit, 1, 0, 0, 0, 60]));
    const points = cameras.flatMap((camera) => frustumOf(camera, frustumDepth(cameras), 0.6));
    const projection = fittedProjection(points, { width: 200, height: 120 });
    const pixels = points.map((point) => toScreen(projection, point));
    const xs = pixels.map((pixel) => pixel?.x ?? NaN);
    const ys = pixels.map((pixel) => pixel?.y ?? NaN);
    assert.ok(Math.min(...xs) > 11 && Math.max(...xs) < 189 && Math.min(...ys) > 11 && Math.max(...ys) < 109);
    assert.ok(Math.max(...xs) - Math.min(...xs) > 170 || Math.max(...ys) - Math.min(...ys) > 90);
  }
});

test("on the page right is right, up is up, and what lies ahead is farther up", () => {
  /** @type {import("../../web/math/vec.mjs").Vec3[]} */
  const points = [[0, 0, 0], [1, 0, 0], [0, -1, 0], [0, 0, 1]];
  const projection = fittedProjection(points, { width: 300, height: 300 });
  const [origin, right, up, ahead] = points.map((point) => /** @type {any} */ (toScreen(projection, point)));
  assert.ok(right.x > origin.x && up.y < origin.y && ahead.y < origin.y && ahead.depth > origin.depth);
});

test("a camera that stands still is drawn too", () => {
  const cameras = camerasFromRows([[0, 0, 0, 1, 0, 0, 0, 60]]);
  const projection = fittedProjection(frustumOf(cameras[0], frustumDepth(cameras), 0.6), { width: 100, height: 100 });
  assert.ok(Number.isFinite(projection.focal) && projection.focal > 0);
  assert.deepEqual(framesShown(1), [0]);
  assert.deepEqual(framesShown(81).at(-1), 80);
});

test("the corners of a frustum span the lens", () => {
  const [camera] = camerasFromRows([[0, 0, 0, 1, 0, 0, 0, 90]]);
  const [, topLeft, , bottomRight] = frustumOf(camera, 2, 0.5);
  assert.deepEqual([topLeft, bottomRight].map((corner) => corner.map((value) => Math.round(value * 1e9) / 1e9)), [[-2, -1, 2], [2, 1, 2]]);
});
