// Tells when a document is final: after every edit, but in a gesture only at its end. What is written into the workflow
// follows this, so that a drag is one write.

/**
 * The store itself with its gestures watched.
 * @param {import("./store.mjs").Store} store
 * @param {() => void} onSettled may be called without a change
 * @returns {{store: import("./store.mjs").Store, inGesture(): boolean, dispose(): void}}
 */
export function watchGestures(store, onSettled) {
  let open = false;
  const ending = (/** @type {() => void} */ end) => () => {
    end();
    open = false;
    onSettled();
  };
  const unsubscribe = store.subscribe(() => {
    if (!open) onSettled();
  });
  const watched = {
    ...store,
    begin() {
      store.begin();
      open = true;
    },
    commit: ending(store.commit),
    cancel: ending(store.cancel),
  };
  // Spreading froze these two at their first value.
  Object.defineProperties(watched, {
    canUndo: { get: () => store.canUndo },
    canRedo: { get: () => store.canRedo },
  });
  return { store: watched, inGesture: () => open, dispose: unsubscribe };
}
