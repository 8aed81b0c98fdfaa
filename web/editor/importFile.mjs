// A camera path from files, by button or drop. The server gets the bytes and the names, never a path of its own disk; what
// the files do not say is the editor's own, and a lens is asked for.

import { parseDocument } from "./document.mjs";
import { askLens } from "./lensPanel.mjs";
import { documentFromSeed } from "./seeds.mjs";
import { reasonOf } from "./sentences.mjs";

/** @typedef {import("./context.mjs").Context} Context */

const MEGABYTE = 1 << 20;

/** More is refused before it is sent; the server says the same. */
const MOST_BYTES = 64 * MEGABYTE;

/**
 * Replaces the path by that of a file, or of the files of a folder, as one step; says what it did.
 * @param {Context} context @param {readonly File[]} files @param {number} [hfov_deg] for files without a lens
 */
export async function importFiles(context, files, hfov_deg) {
  const { notify, t } = context;
  const name = files.map((file) => file.name).join(", ");
  try {
    if (!files.length) throw new Error(t("file.none"));
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (bytes > MOST_BYTES) throw new Error(t("file.large", { size: (bytes / MEGABYTE).toFixed(1) }));
    const said = (await importOwn(context, files)) ?? (await importCameras(context, files, name, hfov_deg));
    notify({ severity: "success", text: said });
  } catch (error) {
    const { needs } = /** @type {import("./context.mjs").Refusal} */ (error);
    if (needs === "hfov_deg") askLens(context, name, (lens) => void importFiles(context, files, lens));
    else notify({ severity: "error", text: t("file.unread", { name: name || t("file.folder"), why: reasonOf(error) }) });
  }
}

/** The editor's own file, with its keys; null for any other. @param {Context} context @param {readonly File[]} files */
async function importOwn({ store, views, t }, [file, ...others]) {
  const isOne = others.length === 0 && /json$/i.test(file.name);
  const { document } = parseDocument(isOne ? await file.text() : "");
  if (!document) return null;
  store.dispatch({ type: "replace", document });
  views.fit();
  return t("file.opened", { name: file.name, keys: document.keys.length });
}

/**
 * Cameras, fitted to keys.
 * @param {Context} context @param {readonly File[]} files @param {string} name of them all @param {number} [hfov_deg]
 */
async function importCameras({ store, views, files: server, t }, files, name, hfov_deg) {
  const before = store.get().document;
  const { width, height, fps } = before;
  const seed = await server.read(files, { width, height, fps, hfov_deg });
  const document = documentFromSeed(seed, before);
  store.dispatch({ type: "replace", document });
  views.fit();
  const said = t("file.fitted", { name, frames: seed.frames, keys: document.keys.length });
  return [said, ...seed.notes].join(" ");
}
