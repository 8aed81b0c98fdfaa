// Where the focus goes when the editor is pressed: to the editor itself, so that its keys work, and Space never presses a
// button that was clicked before.

import { disposables, keepKeys, listen } from "./dom.mjs";

/** What takes the focus itself. */
const TAKES_FOCUS = "input, textarea, select, .raxel-panel";

/**
 * @param {HTMLElement} root
 * @returns {{dispose(): void}}
 */
export function createFocus(root) {
  const all = disposables();
  root.tabIndex = 0;
  keepKeys(root);
  all.add(
    listen(root, "pointerdown", (event) => {
      // The host would drag its node, or start a selection box.
      event.stopPropagation();
      if (event.target instanceof Element && !event.target.closest(TAKES_FOCUS)) root.focus({ preventScroll: true });
    }),
  );
  all.add(
    listen(root, "mousedown", (event) => {
      const target = event.target instanceof Element ? event.target : null;
      // A press on a name or a button must not take the focus away from the editor again.
      if (target && !target.closest(TAKES_FOCUS) && !target.closest("label")) event.preventDefault();
    }),
  );
  for (const type of ["contextmenu", "dblclick"]) {
    all.add(listen(root, type, (event) => event.stopPropagation()));
  }
  return all;
}
