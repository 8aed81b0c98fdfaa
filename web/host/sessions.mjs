// What an editor knows beside its text: undo, selection, playhead. The host rebuilds nodes when a person changes tabs or
// enters a subgraph; the session waits here and is taken up again if the text is still the same.

import { rootGraph } from "./graph.mjs";

/** @typedef {import("../editor/store.mjs").Store} Store */
/** @typedef {{text: string, store: Store}} Session */

/** Sessions that are kept, oldest first: some tabs' worth. */
const MOST = 32;

/** @type {Map<string, Session>} */
const sessions = new Map();

/** A node's name that outlives it. @param {any} app @param {any} node */
const nameOf = (app, node) => `${rootGraph(app)?.id ?? ""}/${node.graph?.id ?? ""}/${node.id}`;

/** @param {any} app @param {any} node @param {string} text @returns {Store | null} once */
export function takeSession(app, node, text) {
  const name = nameOf(app, node);
  const session = sessions.get(name);
  sessions.delete(name);
  return session?.text === text ? session.store : null;
}

/** @param {any} app @param {any} node @param {{getValue(): string, getSession(): Store | null}} editor */
export function keepSession(app, node, editor) {
  const store = editor.getSession();
  if (!store) return;
  sessions.set(nameOf(app, node), { text: editor.getValue(), store });
  for (const name of sessions.keys()) {
    if (sessions.size <= MOST) break;
    sessions.delete(name);
  }
}
