// The picture that is wired to the editor, before anything has run: the file that a LoadImage upstream names.

import { sourceNamed, sourcesOfType } from "./graph.mjs";

/** @typedef {{filename: string, subfolder: string, type: string}} Entry of the host's /view */

/** A name as LoadImage keeps it: "folder/name.png [output]". @param {string} value @returns {Entry} */
export function entryOf(value) {
  const match = /^(.*?)(?: \[(input|output|temp)\])?$/.exec(value);
  const path = match?.[1] ?? value;
  const cut = path.lastIndexOf("/");
  return { filename: path.slice(cut + 1), subfolder: cut < 0 ? "" : path.slice(0, cut), type: match?.[2] ?? "input" };
}

/** @param {any} node @returns {Entry | null} */
function loadedBy(node) {
  if (!/^LoadImage/.test(node.comfyClass ?? node.type ?? "")) return null;
  const value = node.widgets?.find((/** @type {any} */ widget) => widget.name === "image")?.value;
  return typeof value === "string" && value ? entryOf(value) : null;
}

/** No picture goes through more nodes before it is worth no preview. */
const FARTHEST = 16;

/**
 * Follows the wire, and through nodes with one picture in (a resize, a crop) on to the file. Approximate on purpose: after
 * a run the node's own picture could tell better, but people edit before they run.
 * @param {any} app @param {any} node the editor's @returns {Entry | null}
 */
export function wiredPicture(app, node) {
  let source = sourceNamed(app, node, "image");
  for (let hop = 0; source && hop < FARTHEST; hop++) {
    const entry = loadedBy(source.node);
    if (entry) return entry;
    const next = sourcesOfType(app, source.node, "IMAGE");
    if (next.length !== 1) return null;
    source = next[0];
  }
  return null;
}
