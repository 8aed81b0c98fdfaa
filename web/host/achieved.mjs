// After a run has compared paths, the editor upstream shows what came of its own: the path, and the errors frame by frame.

import { editorOf } from "./editorWidget.mjs";
import { sourceNamed, sourcesOfType } from "./graph.mjs";

/** No path passes more nodes between editor and plot. */
const FARTHEST = 32;

/** Nodes that compare, and the input of each that the requested path comes through. @type {Record<string, string>} */
const REQUESTED = {
  RaxelPreviewTrajectory: "trajectory",
  RaxelCompareTrajectories: "requested",
  RaxelClosedLoop: "trajectory",
};

/**
 * The nearest editor upstream of an input.
 * @param {any} app @param {any} node @param {string} input @returns {import("./editorWidget.mjs").Editor | null}
 */
function editorUpstream(app, node, input) {
  let front = [sourceNamed(app, node, input)?.node].filter(Boolean);
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
 * @typedef {object} Output
 * @property {import("../editor/context.mjs").Seed[]} [raxel_paths] requested, achieved
 * @property {import("../editor/comparison.mjs").Told[]} [raxel_errors] one entry a take
 */

/** Which node told an editor what it shows, and whether it told errors too. @type {WeakMap<object, {node: any, withErrors: boolean}>} */
const tellers = new WeakMap();

/**
 * One workflow may plot and compare: a plot takes nothing away that another node showed, and gives way to one that compares.
 * @param {any} app @param {any} node that has run @param {Output} output
 */
export function showCompared(app, node, { raxel_paths: paths, raxel_errors: errors }) {
  const input = REQUESTED[node.comfyClass];
  const editor = input && paths ? editorUpstream(app, node, input) : null;
  if (!editor || !paths) return;
  const last = tellers.get(editor);
  const isOthers = last && last.node !== node && last.node.graph;
  if (isOthers && (paths.length < 2 || (last.withErrors && !errors))) return;
  tellers.set(editor, { node, withErrors: Boolean(errors) });
  editor.setComparison(paths.length < 2 ? null : { paths, errors });
}
