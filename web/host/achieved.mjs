// After RaxelPreviewTrajectory has compared paths, the editor upstream shows the second over its own.

import { editorOf } from "./editorWidget.mjs";
import { sourceNamed, sourcesOfType } from "./graph.mjs";

/** No path passes more nodes between editor and plot. */
const FARTHEST = 32;

/** The nearest editor upstream of a node's `trajectory`. @param {any} app @param {any} node @returns {import("./editorWidget.mjs").Editor | null} */
function editorUpstream(app, node) {
  let front = [sourceNamed(app, node, "trajectory")?.node].filter(Boolean);
  const seen = new Set();
  for (let hop = 0; front.length && hop < FARTHEST; hop++) {
    const found = front.map((each) => editorOf(each)?.editor()).find(Boolean);
    if (found) return found;
    front.forEach((each) => seen.add(each));
    front = front
      .flatMap((each) => sourcesOfType(app, each, "RAXEL_TRAJECTORY").map((/** @type {any} */ source) => source.node))
      .filter((each) => !seen.has(each));
  }
  return null;
}

/**
 * @param {any} app @param {any} node the plot's @param {{raxel_paths?: import("../editor/context.mjs").Seed[]}} output
 */
export function requestAndAchieved(app, node, { raxel_paths: paths = [] }) {
  const editor = editorUpstream(app, node);
  if (!editor) return;
  if (paths.length < 2) return editor.setOverlay(null);
  editor.setAchieved(paths[0], paths[1]);
}
