// What an editor knows beside its text: undo, selection, playhead. The host rebuilds nodes when a person changes tabs or
// enters a subgraph; the session waits here and is taken up again if the text is still the same.

import { rootGraph } from "./graph.mjs";

/** @typedef {import("../editor/store.mjs").Store} Store */
/** @typedef {{text: string, store: Store}} Session */

/** Sessions that are kept, oldest first: some tabs' worth. */
const MOST = 32;

/** @type {Map<string, Session>} */
const sessions = new Map();

/**
 * Where a node's session waits. The name is taken now, while the node is in its graph: a graph that is cleared forgets its
 * own id before it lets its nodes go.
 * @param {any} app @param {any} node in its graph
 * @returns {{take(text: string): Store | null, keep(editor: {getValue(): string, getSession(): Store | null}): void}}
 *   take: once, and only for the same text
 */
export function sessionPlace(app, node) {
  const name = `${rootGraph(app)?.id ?? ""}/${node.graph?.id ?? ""}/${node.id}`;
  return {
    take(text) {
      const session = sessions.get(name);
      sessions.delete(name);
      return session?.text === text ? session.store : null;
    },
    keep(editor) {
      const store = editor.getSession();
      if (!store) return;
      sessions.set(name, { text: editor.getValue(), store });
      for (const oldest of sessions.keys()) {
        if (sessions.size <= MOST) break;
        sessions.delete(oldest);
      }
    },
  };
}
