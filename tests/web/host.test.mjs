// Walking the host's graph: the wired picture and the editor upstream, with plain objects in place of the host's.

import assert from "node:assert/strict";
import test from "node:test";

import { createFiles } from "../../web/host/files.mjs";
import { nodeAt, outputsOf, sourceNamed } from "../../web/host/graph.mjs";
import { sessionPlace } from "../../web/host/sessions.mjs";
import { entryOf, wiredPicture } from "../../web/host/wiredPicture.mjs";

/** @param {string} id @param {any[]} links [link id, from node, from slot, to node, to slot] @param {any[]} nodes */
function graph(id, links, nodes) {
  const made = /** @type {any} */ ({
    id,
    nodes,
    links: new Map(links.map(([link, origin_id, origin_slot]) => [link, { id: link, origin_id, origin_slot }])),
  });
  made.getNodeById = (/** @type {any} */ wanted) => nodes.find((node) => node.id === Number(wanted)) ?? null;
  for (const node of nodes) {
    node.graph = made;
    node.inputs ??= [];
    node.getInputLink = (/** @type {number} */ slot) => made.links.get(node.inputs[slot].wire) ?? null;
    node.isInputConnected = (/** @type {number} */ slot) => made.links.has(node.inputs[slot].wire);
  }
  return made;
}

const load = (/** @type {number} */ id, value = "still.png") => ({
  id,
  type: "LoadImage",
  comfyClass: "LoadImage",
  widgets: [{ name: "image", value }],
});
const editor = (/** @type {number} */ id, /** @type {number} */ wire) => ({
  id,
  type: "RaxelTrajectoryEditor",
  inputs: [{ name: "image", type: "IMAGE", wire }],
});

test("a file's name tells folder and kind", () => {
  assert.deepEqual(entryOf("still.png"), { filename: "still.png", subfolder: "", type: "input" });
  assert.deepEqual(entryOf("a/b/c d.png [output]"), { filename: "c d.png", subfolder: "a/b", type: "output" });
  assert.deepEqual(entryOf("odd [name].png"), { filename: "odd [name].png", subfolder: "", type: "input" });
});

test("the picture is found through reroutes and nodes with one picture in", () => {
  const nodes = [
    load(1),
    { id: 2, type: "Reroute", inputs: [{ name: "", type: "*", wire: 10 }] },
    {
      id: 3,
      type: "ImageScale",
      inputs: [
        { name: "width", type: "INT", wire: null },
        { name: "image", type: "IMAGE", wire: 11 },
      ],
    },
    editor(4, 12),
  ];
  const root = graph(
    "root",
    [
      [10, 1, 0],
      [11, 2, 0],
      [12, 3, 0],
    ],
    nodes,
  );
  assert.equal(wiredPicture({ graph: root }, nodes[3])?.filename, "still.png");
});

test("two pictures into one node, or a ring of nodes, are no picture and no endless search", () => {
  const blend = {
    id: 2,
    type: "ImageBlend",
    inputs: [
      { name: "a", type: "IMAGE", wire: 10 },
      { name: "b", type: "IMAGE", wire: 10 },
    ],
  };
  const root = graph(
    "root",
    [
      [10, 1, 0],
      [11, 2, 0],
    ],
    [load(1), blend, editor(3, 11)],
  );
  assert.equal(wiredPicture({ graph: root }, root.nodes[2]), null);
  const ring = graph(
    "ring",
    [[10, 1, 0]],
    [{ id: 1, type: "Reroute", inputs: [{ name: "", type: "*", wire: 10 }] }, editor(2, 10)],
  );
  assert.equal(wiredPicture({ graph: ring }, ring.nodes[1]), null);
});

test("a wire is followed out of a subgraph and into one", () => {
  const inner = graph("inner", [[20, -10, 0]], [editor(1, 20)]);
  const source = graph("source", [[30, 7, 0]], [load(7, "deep.png")]);
  source.outputs = [{ linkIds: [30] }];
  const outside = { id: 5, type: "inner", subgraph: inner, inputs: [{ name: "picture", type: "IMAGE", wire: 40 }] };
  const root = graph("root", [[40, 6, 0]], [outside, { id: 6, type: "source", subgraph: source }]);
  assert.equal(wiredPicture({ rootGraph: root }, inner.nodes[0])?.filename, "deep.png");
});

test("an unwired input has no source", () => {
  const root = graph("root", [], [editor(1, 99)]);
  assert.equal(sourceNamed({ graph: root }, root.nodes[0], "image"), null);
  assert.equal(sourceNamed({ graph: root }, root.nodes[0], "nothing"), null);
});

test("execution ids and the host's memory lead to nodes in subgraphs", () => {
  const inner = graph("inner", [], [{ id: 3, type: "x" }]);
  const root = graph("root", [], [{ id: 1, type: "inner", subgraph: inner }]);
  const app = { rootGraph: root, nodeOutputs: { "inner:3": { a: 1 }, 1: { b: 2 } } };
  assert.equal(nodeAt(app, "1:3"), inner.nodes[0]);
  assert.equal(nodeAt(app, "1:9"), null);
  assert.equal(nodeAt(app, "8:3"), null);
  assert.deepEqual([outputsOf(app, inner.nodes[0]), outputsOf(app, root.nodes[0])], [{ a: 1 }, { b: 2 }]);
});

test("a session waits for its node and text, though a cleared graph forgets its id before its nodes go", () => {
  const app = { graph: graph("one", [], [editor(4, 0)]) };
  const [node] = app.graph.nodes;
  const store = /** @type {any} */ ({});
  const place = sessionPlace(app, node);
  app.graph.id = "";
  place.keep({ getValue: () => "text", getSession: () => store });
  assert.equal(sessionPlace(app, node).take("text"), null, "another workflow's");
  app.graph.id = "one";
  assert.equal(sessionPlace(app, node).take("text"), store);
  assert.equal(sessionPlace(app, node).take("text"), null, "once");
  place.keep({ getValue: () => "text", getSession: () => store });
  assert.equal(sessionPlace(app, node).take("other text"), null);
});

/** What `createFiles` asks of a host that answers all the same. @param {any} answer @param {(files: any) => Promise<any>} use */
async function asking(answer, use) {
  const asked = /** @type {any[]} */ ([]);
  const fetchApi = async (/** @type {string} */ route, /** @type {any} */ options) => {
    asked.push([route, options.method, options.body]);
    return answer;
  };
  return { asked, result: await use(createFiles({ fetchApi })).catch((error) => error) };
}

test("a file is sent with its name, and what it may not say of itself", async () => {
  const file = new File(["x"], "my path & more.txt");
  const { asked, result } = await asking({ ok: true, json: async () => ({ frames: 3 }) }, (files) =>
    files.read([file], { width: 832, height: 480, fps: 24, hfov_deg: undefined }),
  );
  assert.equal(result.frames, 3);
  assert.deepEqual(asked, [["/raxel/trajectory/read?name=my+path+%26+more.txt&width=832&height=480&fps=24", "POST", file]]);
});

test("files that belong together are sent as a form, under their own names", async () => {
  const pair = [new File(["1"], "cameras.txt"), new File(["2"], "images.txt")];
  const { asked } = await asking({ ok: true, json: async () => ({}) }, (files) => files.read(pair, { width: 1, height: 2, fps: 3 }));
  const [[, , form]] = asked;
  assert.deepEqual(form.getAll("file").map((/** @type {File} */ file) => file.name), ["cameras.txt", "images.txt"]);
});

test("a refusal says the server's sentence, and what the server needs", async () => {
  const answer = { ok: false, status: 400, json: async () => ({ error: "the file has no lens", needs: "hfov_deg" }) };
  const { result } = await asking(answer, (files) => files.read([new File([], "a.txt")], { width: 1, height: 2, fps: 3 }));
  assert.deepEqual([result.message, result.needs], ["the file has no lens", "hfov_deg"]);
});

test("a file to keep comes with its name and with what it lacks", async () => {
  const headers = new Headers({ "Content-Disposition": 'attachment; filename="transforms.json"', "X-Raxel-Lost": '["the rate"]' });
  const answer = { ok: true, headers, blob: async () => "bytes" };
  const { asked, result } = await asking(answer, (files) => files.write("{}", "nerfstudio"));
  assert.deepEqual(result, { blob: "bytes", name: "transforms.json", lost: ["the rate"] });
  assert.equal(asked[0][2], '{"path":"{}","format":"nerfstudio"}');
});
