// RaxelLoadTrajectory's upload: a button and a drop on the node send camera files to the host's input folder, by the host's
// own address for pictures, which takes any file. The menu gets them at once, without a refresh.

import { droppedFiles } from "../editor/droppedFiles.mjs";
import { tellHost } from "./tellHost.mjs";

export const LOAD_NODE = "RaxelLoadTrajectory";

/** Pictures, clips and sounds are the host's, who makes nodes of them. */
const NOT_OURS = /^(image|video|audio)\//;

/** @typedef {import("../editor/context.mjs").Translate} Translate */

/**
 * @param {any} node just made; its menu is the widget `file`
 * @param {{app: any, api: any, words: () => Promise<Translate>}} host
 */
export function addCameraUpload(node, { app, api, words }) {
  const menu = node.widgets?.find((/** @type {any} */ widget) => widget.name === "file");
  if (!menu) return;
  const take = async (/** @type {File[]} */ files, folder = "") => {
    const t = await words();
    try {
      const names = await upload(api, files, folder);
      for (const name of names) offer(menu, name);
      choose(node, menu, names[0]);
      tellHost(app);
    } catch (error) {
      const detail = t("upload.failed", { name: files.map(({ name }) => name).join(", "), why: /** @type {Error} */ (error).message });
      app.extensionManager?.toast?.add({ severity: "error", summary: "Raxel", detail, life: 8000 });
    }
  };
  const button = node.addWidget("button", "upload", "upload", () => void ask(take), { serialize: false });
  button.serialize = false;
  button.label = "choose a camera file to upload";
  words().then((t) => void (button.label = t("upload.button")), () => undefined);
  node.onDragOver = (/** @type {DragEvent} */ { dataTransfer }) =>
    [...(dataTransfer?.items ?? [])].some(({ kind, type }) => kind === "file" && !NOT_OURS.test(type));
  node.onDragDrop = async (/** @type {DragEvent} */ event) => {
    const { files, folder } = await droppedFiles(event.dataTransfer);
    if (!files.length || files.every(({ type }) => NOT_OURS.test(type))) return false;
    await take(files, folder);
    return true;
  };
}

/** @param {(files: File[]) => void} take */
function ask(take) {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", multiple: true, accept: ".json,.txt,.bin,.csv,.log,.tum,.chan,.glb,.gltf,.usda,.usd" });
  input.addEventListener("change", () => void (input.files?.length && take([...input.files])));
  input.click();
}

/** One after the other, as the host writes them. @param {any} api @param {File[]} files @param {string} folder @returns {Promise<string[]>} entries of the menu, the one to choose first */
async function upload(api, files, folder) {
  const group = groupOf(files);
  const place = group ? `${plain(folder || group.name)}_${stamp(new Date())}` : "";
  const names = [];
  for (const file of files) names.push(await send(api, file, place));
  if (!group) return names;
  return [group.leading ? `${place}/${group.leading}` : place];
}

/**
 * Files that know each other by name: a reconstruction, which is read as a folder, or a glTF with its buffers. They get a
 * folder of their own. Null for others.
 * @param {readonly File[]} files @returns {{name: string, leading: string | null} | null}
 */
export function groupOf(files) {
  const names = files.map(({ name }) => name);
  const isModel = ["cameras", "images"].every((part) => names.some((name) => name === `${part}.txt` || name === `${part}.bin`));
  if (isModel) return { name: "colmap", leading: null };
  const scene = names.find((name) => /\.gltf$/i.test(name));
  return scene && names.length > 1 ? { name: scene.replace(/\.gltf$/i, ""), leading: scene } : null;
}

/** @param {string} name */
const plain = (name) => name.replace(/[^\w-]+/g, "_").slice(0, 60);

/** 20260131_235959. @param {Date} date */
const stamp = (date) => date.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "_");

/** @param {any} api @param {File} file @param {string} subfolder @returns {Promise<string>} its place below the input folder */
async function send(api, file, subfolder) {
  const form = new FormData();
  form.append("image", file, file.name);
  form.append("subfolder", subfolder);
  const answer = await api.fetchApi("/upload/image", { method: "POST", body: form });
  if (answer.status === 413) throw new Error("the file is larger than ComfyUI takes (--max-upload-size)");
  if (answer.status !== 200) throw new Error(`ComfyUI answered ${answer.status} ${answer.statusText}`);
  const { name, subfolder: place } = await answer.json();
  return place ? `${place}/${name}` : name;
}

/** A new entry of the menu, in its place of the alphabet. @param {any} menu @param {string} name */
function offer(menu, name) {
  const { values } = menu.options;
  if (!Array.isArray(values) || values.includes(name)) return;
  const after = values.findIndex((other) => String(other).toLowerCase() > name.toLowerCase());
  values.splice(after < 0 ? values.length : after, 0, name);
}

/** @param {any} node @param {any} menu @param {string} name */
function choose(node, menu, name) {
  menu.value = name;
  menu.callback?.(name);
  node.graph?.setDirtyCanvas?.(true, true);
}
