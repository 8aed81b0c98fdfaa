// Changes between editing a path and showing a text that is none.

import { brokenScreen } from "./broken.mjs";

/**
 * @param {{root: HTMLElement, editing: HTMLElement, t: import("./context.mjs").Translate, onStartAnew(): void}} spec
 */
export function createBroken({ root, editing, t, onStartAnew }) {
  /** @type {HTMLElement | null} */
  let screen = null;
  root.append(editing);
  return {
    isShown: () => screen !== null,
    /** @param {{error: string, text: string} | null} problem */
    show(problem) {
      screen?.remove();
      screen = problem && brokenScreen({ ...problem, t, onStartAnew });
      editing.hidden = screen !== null;
      if (screen) root.append(screen);
    },
  };
}
