// Files dragged over the editor: it is shown where they will land, and the host does not open them as a workflow.

import { disposables, listen, make } from "./dom.mjs";
import { droppedFiles } from "./droppedFiles.mjs";

/** Pictures, clips and sounds are the host's, who makes nodes of them. */
const NOT_OURS = /^(image|video|audio)\//;

/** @param {DragEvent} event */
function hasFiles({ dataTransfer }) {
  const [first] = dataTransfer?.items ?? [];
  return (dataTransfer?.types.includes("Files") ?? false) && !NOT_OURS.test(first?.type ?? "");
}

/**
 * @param {{root: HTMLElement, text: string, onFiles(files: File[]): void}} spec
 * @returns {{dispose(): void}}
 */
export function createDropTarget({ root, text, onFiles }) {
  const all = disposables();
  const sign = make("div", { class: "raxel-drop", hidden: true }, text);
  root.append(sign);
  all.call(() => sign.remove());
  const over = (/** @type {DragEvent} */ event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    sign.hidden = false;
  };
  all.add(listen(root, "dragenter", over));
  all.add(listen(root, "dragover", over));
  all.add(
    listen(root, "dragleave", (event) => {
      if (!root.contains(event.relatedTarget)) sign.hidden = true;
    }),
  );
  all.add(
    listen(root, "drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      sign.hidden = true;
      droppedFiles(event.dataTransfer).then(({ files }) => onFiles(files), () => onFiles([]));
    }),
  );
  return all;
}
