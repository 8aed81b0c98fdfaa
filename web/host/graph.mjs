// Walking the host's graph: links upstream, through reroutes and subgraphs, and nodes by execution id. The host's
// objects are duck-typed: they differ between frontends.

/** @typedef {any} Graph */
/** @typedef {any} Node */

/** Node ids of the two ends of a subgraph. */
const SUBGRAPH_INPUT = -10;

/** No chain of wires is longer. */
const FARTHEST = 64;

/** @param {any} app */
export const rootGraph = (app) => app.rootGraph ?? app.graph;

/** @param {Graph} graph @param {any} id */
function linkOf(graph, id) {
  if (id === null || id === undefined) return null;
  return graph.getLink?.(id) ?? graph.links?.get?.(id) ?? graph.links?.[id] ?? null;
}

/** @param {Node} node @param {string} name */
const inputNamed = (node, name) => node.inputs?.findIndex((/** @type {any} */ input) => input.name === name) ?? -1;

/** @param {Node} node @param {string} name */
export function inputIsLinked(node, name) {
  const slot = inputNamed(node, name);
  return slot >= 0 && node.isInputConnected(slot) === true;
}

/** Every node of a graph and of the subgraphs in it. @param {Graph} graph @param {Set<Graph>} [seen] @returns {Generator<Node>} */
export function* allNodes(graph, seen = new Set()) {
  if (!graph || seen.has(graph)) return;
  seen.add(graph);
  for (const node of graph.nodes ?? graph._nodes ?? []) {
    yield node;
    if (node.subgraph) yield* allNodes(node.subgraph, seen);
  }
}

/**
 * The node and output slot that an input gets its value from, past reroutes and the walls of subgraphs.
 * @param {any} app @param {Node} node @param {number} slot @returns {{node: Node, slot: number} | null}
 */
function sourceOf(app, node, slot) {
  let [here, index] = [node, slot];
  for (let hop = 0; hop < FARTHEST; hop++) {
    const link = here.inputs?.[index] ? here.getInputLink(index) : null;
    if (!link) return null;
    if (Number(link.origin_id) === SUBGRAPH_INPUT) {
      const outer = instanceOf(app, here.graph);
      if (!outer) return null;
      [here, index] = [outer, link.origin_slot];
      continue;
    }
    const origin = intoSubgraph(here.graph.getNodeById(link.origin_id), link.origin_slot);
    if (!origin) return null;
    if (origin.node.type !== "Reroute") return origin;
    [here, index] = [origin.node, 0];
  }
  return null;
}

/** The source inside a subgraph's node; any other node as it is. @param {Node | null} node @param {number} slot @returns {{node: Node, slot: number} | null} */
function intoSubgraph(node, slot) {
  let [here, index] = [node, slot];
  for (let hop = 0; here?.subgraph && hop < FARTHEST; hop++) {
    const id = here.subgraph.outputs?.[index]?.linkIds?.[0];
    const link = linkOf(here.subgraph, id);
    if (!link) return null;
    [here, index] = [here.subgraph.getNodeById(link.origin_id), link.origin_slot];
  }
  return here ? { node: here, slot: index } : null;
}

/** A node that stands for a subgraph. @param {any} app @param {Graph} subgraph */
function instanceOf(app, subgraph) {
  for (const node of allNodes(rootGraph(app))) if (node.subgraph === subgraph) return node;
  return null;
}

/** Sources of all inputs of a type, in order. @param {any} app @param {Node} node @param {string} type */
export function sourcesOfType(app, node, type) {
  const slots = (node.inputs ?? []).flatMap((/** @type {any} */ input, /** @type {number} */ slot) =>
    input.type === type ? [slot] : [],
  );
  return slots.map((/** @type {number} */ slot) => sourceOf(app, node, slot)).filter(Boolean);
}

/** The source of a named input. @param {any} app @param {Node} node @param {string} name */
export function sourceNamed(app, node, name) {
  const slot = inputNamed(node, name);
  return slot < 0 ? null : sourceOf(app, node, slot);
}

/** The node of an execution id such as "4" or "1:2:3" (through subgraphs). @param {any} app @param {string} id @returns {Node | null} */
export function nodeAt(app, id) {
  /** @type {Node | null} */
  let node = null;
  let graph = rootGraph(app);
  for (const part of String(id).split(":")) {
    node = graph?.getNodeById?.(Number(part)) ?? graph?.getNodeById?.(part) ?? null;
    graph = node?.subgraph;
  }
  return node;
}

/** What the last run said about a node, from the host's memory. @param {any} app @param {Node} node */
export function outputsOf(app, node) {
  const inRoot = node.graph === rootGraph(app);
  return app.nodeOutputs?.[inRoot ? String(node.id) : `${node.graph?.id}:${node.id}`] ?? null;
}
