// The achieved path of a run over the requested one, and how far apart they are at most.

import { compareCameras, fromFirst } from "../math/compare.mjs";
import { samplePath } from "../math/path.mjs";
import { quatMultiply, quatRotate } from "../math/rotation.mjs";
import { add } from "../math/vec.mjs";
import { button, make } from "./dom.mjs";
import { subjectDistance } from "./pose.mjs";
import { camerasFromRows } from "../math/rows.mjs";

/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {{achieved: Camera[], errors: {rotation_deg: number[], position: number[]}}} Overlay */

/** @typedef {import("./context.mjs").Seed} Seed */

/**
 * The achieved path, told from its own first camera, set down at the editor's first camera.
 * @param {import("./document.mjs").PathDocument} document @param {Seed} requested @param {Seed} achieved
 * @returns {Overlay}
 */
export function overlayOf(document, requested, achieved) {
  const [first] = samplePath(document);
  const found = camerasFromRows(achieved.cameras);
  return {
    achieved: fromFirst(found).map((camera) => ({
      ...camera,
      position: add(first.position, quatRotate(first.rotation, camera.position)),
      rotation: quatMultiply(first.rotation, camera.rotation),
    })),
    errors: compareCameras(camerasFromRows(requested.cameras), found, subjectDistance(document) || 1),
  };
}

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
    if (line) parent.prepend(line);
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
  return make(
    "div",
    { class: "raxel-achieved", title: t("achieved.title") },
    make("span", {}, text),
    button({ icon: "close", label: t("achieved.hide"), onClick: onHide }),
  );
}
