// Another number of frames: what becomes of the keys is asked.

import { openMenu } from "./menu.mjs";

/** @typedef {import("./context.mjs").Context} Context */

/**
 * Another length is either the same move at another speed or the same speed cut or prolonged: the person says which.
 * @param {Context} context @param {HTMLElement} anchor @param {number} frames
 */
export function askLength({ store, t, surface }, anchor, frames) {
  const before = store.get().document.frames;
  if (frames === before) return;
  const change = (/** @type {boolean} */ stretch) => () =>
    store.dispatch({ type: "set_path", patch: { frames }, stretch });
  const { keys } = store.get().document;
  const cut = keys.filter((key) => key.frame >= frames).length;
  openMenu({
    root: surface.root,
    anchor,
    label: t("length.title", { before, frames }),
    items: [
      { label: t("length.title", { before, frames }) },
      // Each key keeps a frame of its own.
      { label: t("length.stretch"), icon: "loop", enabled: keys.length <= frames, run: change(true) },
      { label: cut ? t("length.cut", { count: cut }) : t("length.keep"), icon: "step_forward", run: change(false) },
    ],
  });
}
