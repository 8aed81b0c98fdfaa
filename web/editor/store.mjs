// The store: one state, changed by events, with undo. A gesture (a drag, a slider) is one step: between begin() and
// commit() every edit starts from the document at begin(), so a handler sends the total change and nothing drifts.

import { initialState, isEdit, reduce, settled } from "./reduce.mjs";

/** @typedef {import("./reduce.mjs").EditorState} EditorState */
/** @typedef {import("./reduce.mjs").EditorEvent} EditorEvent */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */
/** @typedef {(state: EditorState, previous: EditorState) => void} Listener */
/** @typedef {Pick<EditorState, "document" | "selection">} Snapshot what undo brings back */

/**
 * @typedef {object} Store
 * @property {() => EditorState} get
 * @property {(event: EditorEvent) => void} dispatch outside a gesture each edit is one step
 * @property {() => void} begin opens a gesture; one that is still open is committed first
 * @property {() => void} commit closes it: one step, or none where the document is as before
 * @property {() => void} cancel closes it and brings back the document of begin()
 * @property {() => void} undo takes back what an open gesture has done so far, and leaves it open: what is still pulled
 *   goes on from where it began
 * @property {() => void} redo
 * @property {(document: PathDocument) => void} reset another document from outside: history and selection start anew; an
 *   open gesture goes on from it
 * @property {(listener: Listener) => () => void} subscribe returns its undo
 * @property {boolean} canUndo
 * @property {boolean} canRedo
 */

/** Steps that are kept; documents share the keys that an edit leaves alone. */
export const MAX_STEPS = 500;

/** @param {EditorState} state @returns {Snapshot} */
const snapshotOf = ({ document, selection }) => ({ document, selection });

/** @param {PathDocument} document @returns {Store} */
export function createStore(document) {
  let state = initialState(document);
  /** @type {Snapshot[]} */
  let past = [];
  /** @type {Snapshot[]} */
  let future = [];
  /** @type {Snapshot | null} the state at begin() */
  let gesture = null;
  /** @type {Set<Listener>} */
  const listeners = new Set();

  /** @param {EditorState} next */
  function become(next) {
    const previous = state;
    if (next === previous) return;
    state = next;
    for (const listener of [...listeners]) listener(state, previous);
  }

  /** @param {Snapshot} before */
  function remember(before) {
    past = [...past, before].slice(-MAX_STEPS);
    future = [];
  }

  /** Whether an open gesture has changed the document. */
  const inChange = () => gesture !== null && gesture.document !== state.document;

  /** @param {Snapshot} target */
  const bringBack = (target) => become(settled({ ...state, ...target }));

  /** @param {EditorEvent} event */
  function dispatch(event) {
    if (!isEdit(event)) {
      const untouched = gesture?.document === state.document;
      const next = reduce(state, event);
      if (gesture && untouched) gesture = snapshotOf(next);
      return become(next);
    }
    const before = gesture ?? snapshotOf(state);
    const base = { ...state, ...before };
    const next = reduce(base, event);
    // A gesture stays at its last valid moment.
    if (next.refused && next.document === base.document) return become({ ...state, refused: next.refused });
    if (!gesture && next.document !== before.document) remember(before);
    become(next);
  }

  function begin() {
    commit();
    gesture = snapshotOf(state);
  }

  function commit() {
    const before = gesture;
    gesture = null;
    if (before && before.document !== state.document) remember(before);
  }

  function cancel() {
    const before = gesture;
    gesture = null;
    if (before && before.document !== state.document) bringBack(before);
  }

  /** @param {Snapshot[]} from @param {Snapshot[]} to */
  function travel(from, to) {
    const target = from.pop();
    if (!target) return;
    to.push(snapshotOf(state));
    bringBack(target);
    if (gesture) gesture = snapshotOf(state);
  }

  return {
    get: () => state,
    dispatch,
    begin,
    commit,
    cancel,
    undo: () => (gesture && inChange() ? bringBack(gesture) : travel(past, future)),
    redo: () => (inChange() ? undefined : travel(future, past)),
    reset(next) {
      [past, future] = [[], []];
      become(settled({ ...state, document: next, selection: [] }));
      if (gesture) gesture = snapshotOf(state);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get canUndo() {
      return past.length > 0 || inChange();
    },
    get canRedo() {
      return future.length > 0 && !inChange();
    },
  };
}
