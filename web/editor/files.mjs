// Paths as files: opening one by button or drop, saving in every format the server writes. The server never gets a path
// of its own disk, only the bytes and the name.

import { make } from "./dom.mjs";
import { parseDocument, serializeDocument } from "./document.mjs";
import { openMenu } from "./menu.mjs";
import { documentFromSeed } from "./seeds.mjs";
import { reasonOf } from "./sentences.mjs";

/** @typedef {import("./context.mjs").Context} Context */

/** More is refused before it is sent; the server says the same. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Name of a saved path, without its ending. */
const NAME = "camera-path";

/** Ending of the editor's own file, which keeps the keys. */
const OWN_ENDING = ".path.json";

/**
 * Replaces the path by a file's, as one step; says what it did.
 * @param {Context} context @param {File} file
 */
export async function importFile({ store, files, notify, t, views }, file) {
  try {
    if (file.size > MAX_BYTES) throw new Error(t("file.large", { size: (file.size / 1048576).toFixed(1) }));
    const own = parseDocument(/json$/i.test(file.name) ? await file.text() : "");
    const before = store.get().document;
    if (own.document) {
      store.dispatch({ type: "replace", document: own.document });
      views.fit();
      return notify({
        severity: "success",
        text: t("file.opened", { name: file.name, keys: own.document.keys.length }),
      });
    }
    const seed = await files.read(file.name, file, { width: before.width, height: before.height });
    const document = documentFromSeed(seed, before);
    store.dispatch({ type: "replace", document });
    views.fit();
    const notes = seed.notes.map((note) => ` ${note}`).join("");
    notify({
      severity: "success",
      text: t("file.fitted", { name: file.name, frames: seed.frames, keys: document.keys.length }) + notes,
    });
  } catch (error) {
    notify({ severity: "error", text: t("file.unread", { name: file.name, why: reasonOf(error) }) });
  }
}

/** Asks for a file and opens it. @param {Context} context @param {string[]} endings */
function chooseFile(context, endings) {
  const input = make("input", { type: "file", accept: [".json", ...endings].join(",") });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) importFile(context, file);
  });
  input.click();
}

/** Hands a blob to the browser's download. @param {Blob} blob @param {string} name */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  // The browser has taken the address by then; a minute is for slow disks.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {Context} context @param {string} ending */
async function exportFile({ store, files, notify }, ending) {
  try {
    const text = serializeDocument(store.get().document);
    const blob =
      ending === OWN_ENDING ? new Blob([text], { type: "application/json" }) : await files.write(text, ending);
    download(blob, NAME + ending);
  } catch (error) {
    notify({ severity: "error", text: reasonOf(error) });
  }
}

/** Open and save: the file menu. @param {Context} context @param {HTMLElement} anchor */
export async function openFileMenu(context, anchor) {
  const { t, files, surface, notify } = context;
  const formats = await files.formats().catch((error) => {
    notify({ severity: "warn", text: reasonOf(error) });
    return { read: [".json"], write: [] };
  });
  openMenu({
    root: surface.root,
    anchor,
    label: t("menu.file.title"),
    items: [
      {
        label: t("file.open"),
        icon: "file",
        title: t("file.open.title", { endings: formats.read.join(" ") }),
        run: () => chooseFile(context, formats.read),
      },
      null,
      { label: t("file.save.keys") },
      { label: t("file.save.own"), icon: "path", hint: OWN_ENDING, run: () => void exportFile(context, OWN_ENDING) },
      { label: t("file.save.frames") },
      ...formats.write.map((ending) => ({
        label: t("file.save.as", { ending }),
        icon: "file",
        hint: ending,
        run: () => void exportFile(context, ending),
      })),
    ],
  });
}
