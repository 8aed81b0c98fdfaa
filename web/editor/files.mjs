// The file menu: open a path, save it with its keys, or every frame's camera in each format that the server writes.

import { make } from "./dom.mjs";
import { serializeDocument } from "./document.mjs";
import { importFiles } from "./importFile.mjs";
import { openMenu } from "./menu.mjs";
import { reasonOf } from "./sentences.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./context.mjs").FileFormat} FileFormat */

/** The editor's own file, which keeps the keys. */
const OWN_FILE = "camera-path.path.json";

/** Asks for a file, or the files of a folder, and opens them. @param {Context} context @param {string[]} endings */
function chooseFiles(context, endings) {
  const accept = [...new Set([".json", ...endings])].join(",");
  const input = make("input", { type: "file", accept, multiple: true });
  input.addEventListener("change", () => {
    if (input.files?.length) importFiles(context, [...input.files]);
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

/** @param {Context} context */
function saveKeys({ store }) {
  const text = serializeDocument(store.get().document);
  download(new Blob([text], { type: "application/json" }), OWN_FILE);
}

/** Saves the cameras, and says what of them the format does not hold. @param {Context} context @param {FileFormat} format */
async function saveCameras({ store, files, notify, t }, { name: format, title }) {
  try {
    const { blob, name, lost } = await files.write(serializeDocument(store.get().document), format);
    download(blob, name);
    if (lost.length) notify({ severity: "info", text: t("file.lost", { title, lost: lost.join("; ") }) });
  } catch (error) {
    notify({ severity: "error", text: reasonOf(error) });
  }
}

/** How the file ends, or its whole name where that is the format's. @param {string} file */
const endingOf = (file) => (file.startsWith("camera-path") ? /\.\w+$/.exec(file)?.[0] ?? file : file);

/** What a format is called, from the strings where they know it. @param {FileFormat} format @param {Context["t"]} t */
export function titleOf({ name, title }, t) {
  const key = `format.${name}`;
  const known = t(key);
  return known === key ? title : known;
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
        run: () => chooseFiles(context, formats.read),
      },
      null,
      { label: t("file.save.keys") },
      { label: t("file.save.own"), icon: "path", hint: ".path.json", run: () => saveKeys(context) },
      { label: t("file.save.frames") },
      ...formats.write.map((format) => ({
        label: titleOf(format, t),
        icon: "file",
        hint: endingOf(format.file),
        run: () => void saveCameras(context, format),
      })),
    ],
  });
}
