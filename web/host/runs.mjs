// What runs tell: an editor's own seed and picture, and after a closed loop the path that was achieved.

import { showCompared } from "./achieved.mjs";
import { editorOf } from "./editorWidget.mjs";
import { allNodes, nodeAt, rootGraph } from "./graph.mjs";

/** @param {{app: any, api: any}} host @returns {{dispose(): void}} */
export function followRuns({ app, api }) {
  const onExecuted = (/** @type {any} */ { detail }) => {
    const node = nodeAt(app, detail.display_node ?? detail.node) ?? nodeAt(app, detail.node);
    if (!node || !detail.output) return;
    editorOf(node)?.executed(detail.output);
    showCompared(app, node, detail.output);
  };
  // A picture that is chosen in a LoadImage changes no wire of the editor; the host tells of any change of the graph.
  const onChange = () => {
    for (const node of allNodes(rootGraph(app))) editorOf(node)?.rewired();
  };
  api.addEventListener("executed", onExecuted);
  api.addEventListener("graphChanged", onChange);
  return {
    dispose() {
      api.removeEventListener("executed", onExecuted);
      api.removeEventListener("graphChanged", onChange);
    },
  };
}
