// The achieved path of a run over the requested one, and how far apart they are at most.

import { button, make } from "./dom.mjs";

/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {{achieved: Camera[], errors: {rotation_deg: number[], position: number[]}}} Overlay */

/**
 * @param {{parent: HTMLElement, t: import("./context.mjs").Translate, show(overlay: Overlay | null): void}} spec
 */
export function createOverlay({ parent, t, show }) {
  /** @type {HTMLElement | null} */
  let line = null;
  /** @param {Overlay | null} overlay */
  const set = (overlay) => {
    line?.remove();
    line = overlay && summary(overlay, t, () => set(null));
    if (line) parent.append(line);
    show(overlay);
  };
  return { set, dispose: () => line?.remove() };
}

/** @param {Overlay} overlay @param {import("./context.mjs").Translate} t @param {() => void} onHide */
function summary({ errors }, t, onHide) {
  const text = t("achieved.summary", {
    rotation: Math.max(...errors.rotation_deg).toFixed(1),
    position: Math.max(...errors.position).toFixed(2),
  });
  return make("div", { class: "raxel-achieved", title: t("achieved.title") }, make("span", {}, text),
    button({ icon: "close", label: t("achieved.hide"), onClick: onHide }));
}
