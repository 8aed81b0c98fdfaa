// Camera files on their way to the host's input folder: which belong together, and what the menu gets.

import assert from "node:assert/strict";
import test from "node:test";

import { cameraFiles, droppedFiles } from "../../web/editor/droppedFiles.mjs";
import { addCameraUpload, groupOf } from "../../web/host/cameraUpload.mjs";

const file = (/** @type {string} */ name, type = "") => new File(["x"], name, { type });
const names = (/** @type {readonly File[]} */ files) => files.map(({ name }) => name);

test("a reconstruction belongs together, a glTF with its buffers too, other files do not", () => {
  assert.deepEqual(groupOf([file("cameras.bin"), file("images.bin")]), { name: "colmap", leading: null });
  assert.deepEqual(groupOf([file("move.bin"), file("move.gltf")]), { name: "move", leading: "move.gltf" });
  assert.equal(groupOf([file("a.json"), file("b.json")]), null);
  assert.equal(groupOf([file("move.gltf")]), null);
  assert.equal(groupOf([file("cameras.json"), file("images.json")]), null);
});

test("of a dropped project the model is taken and nothing else, of another folder what may be a camera file", () => {
  const found = (/** @type {string} */ folder, /** @type {string} */ name) => ({ folder, file: file(name) });
  const project = [found("/p", "notes.txt"), found("/p/sparse/0", "points3D.bin"), found("/p/sparse/0", "images.bin"), found("/p/sparse/0", "cameras.bin")];
  assert.deepEqual(names(cameraFiles(project)), ["images.bin", "cameras.bin"]);
  assert.deepEqual(names(cameraFiles([found("/a", "images.bin"), found("/b", "cameras.bin")])), ["images.bin", "cameras.bin"]);
  assert.deepEqual(names(cameraFiles([found("/p", "transforms.json")])), ["transforms.json"]);
  assert.equal(cameraFiles(Array.from({ length: 99 }, (_, index) => found("/p", `${index}.json`))).length, 16);
});

/** A folder as a browser shows it. @param {string} path @param {Record<string, any>} inside @returns {any} */
function folder(path, inside) {
  const name = path.split("/").at(-1);
  const entries = Object.entries(inside).map(([inner, value]) =>
    value instanceof File
      ? { isDirectory: false, name: inner, file: (/** @type {any} */ done) => done(value) }
      : folder(`${path}/${inner}`, value),
  );
  const reader = () => {
    const batches = [entries, []];
    return { readEntries: (/** @type {any} */ done) => done(batches.shift()) };
  };
  return { isDirectory: true, name, fullPath: path, createReader: reader };
}

const transferOf = (/** @type {any[]} */ files, /** @type {any} */ entry = null) =>
  /** @type {any} */ ({
    files,
    items: entry ? [{ kind: "file", type: "", webkitGetAsEntry: () => entry }] : files.map(({ type }) => ({ kind: "file", type })),
  });

test("a folder let go over us is searched, pictures in it are not touched", async () => {
  const model = { "cameras.bin": file("cameras.bin"), "images.bin": file("images.bin") };
  const project = folder("/shot", { images: { "0001.jpg": file("0001.jpg") }, sparse: { 0: model } });
  const dropped = await droppedFiles(transferOf([], project));
  assert.deepEqual([names(dropped.files), dropped.folder], [["cameras.bin", "images.bin"], "shot"]);
  assert.deepEqual(names((await droppedFiles(transferOf([file("a.chan")]))).files), ["a.chan"]);
});

/** A node with the loader's menu, and what the host was sent. @param {number} [status] */
function loader(status = 200) {
  const menu = { name: "file", value: "b.json", options: { values: ["b.json", "d.json"] } };
  /** @type {any} */
  const node = { widgets: [menu], addWidget: (/** @type {any} */ ..._all) => ({}) };
  /** @type {any[]} */
  const [sent, said] = [[], []];
  const api = {
    fetchApi: async (/** @type {string} */ route, /** @type {any} */ { body }) => {
      const [name, subfolder] = [body.get("image").name, body.get("subfolder")];
      sent.push([route, subfolder.replace(/_\d{8}_\d{6}$/, "_NOW"), name]);
      return { status, statusText: "refused", json: async () => ({ name, subfolder }) };
    },
  };
  const app = { extensionManager: { toast: { add: (/** @type {any} */ { detail }) => said.push(detail) } } };
  const words = async () => (/** @type {string} */ key, /** @type {any} */ values) => `${key} ${values?.name} ${values?.why}`;
  addCameraUpload(node, { app, api, words });
  return { node, menu, sent, said };
}

test("a dropped file is sent to the input folder, offered in the menu and chosen", async () => {
  const { node, menu, sent } = loader();
  assert.equal(await node.onDragDrop({ dataTransfer: transferOf([file("c.chan")]) }), true);
  assert.deepEqual(sent, [["/upload/image", "", "c.chan"]]);
  assert.deepEqual([menu.value, menu.options.values], ["c.chan", ["b.json", "c.chan", "d.json"]]);
  await node.onDragDrop({ dataTransfer: transferOf([file("c.chan")]) });
  assert.equal(menu.options.values.length, 3, "once");
});

test("files that belong together get a folder of their own, which the menu names", async () => {
  const { node, menu, sent } = loader();
  await node.onDragDrop({ dataTransfer: transferOf([file("cameras.txt"), file("images.txt")]) });
  assert.deepEqual(sent.map(([, place, name]) => `${place}/${name}`), ["colmap_NOW/cameras.txt", "colmap_NOW/images.txt"]);
  assert.match(menu.value, /^colmap_\d{8}_\d{6}$/);
});

test("pictures are left to the host, and what the host refuses is told and changes nothing", async () => {
  const { node, menu, said } = loader(413);
  assert.equal(node.onDragOver({ dataTransfer: transferOf([file("a.png", "image/png")]) }), false);
  assert.equal(await node.onDragDrop({ dataTransfer: transferOf([file("a.png", "image/png")]) }), false);
  await node.onDragDrop({ dataTransfer: transferOf([file("c.chan")]) });
  assert.deepEqual([menu.value, menu.options.values], ["b.json", ["b.json", "d.json"]]);
  assert.match(said[0], /c\.chan the file is larger than ComfyUI takes/);
});
