// The menu of the way from one key to the next: interpolation, easing, hold.

import { EASING_NAMES } from "../math/easing.mjs";
import { INTERPOLATIONS } from "./document.mjs";
import { openMenu } from "./menu.mjs";

/** @typedef {import("./context.mjs").Context} Context */

/** Holds that are offered, in frames; any other is typed or dragged. */
const HOLDS = [0, 4, 8, 16];

/**
 * For the selected keys, of which `index` is one.
 * @param {Context} context @param {number} index @param {Element | {x: number, y: number}} anchor
 */
export function openSegmentMenu({ store, t, surface }, index, anchor) {
  const key = store.get().document.keys[index];
  const set = (/** @type {import("./reduce.mjs").KeyPatch} */ patch) => () =>
    store.dispatch({ type: "set_keys", patch });
  openMenu({
    root: surface.root,
    anchor,
    label: t("segment.title"),
    items: [
      { label: t("field.interpolation") },
      ...INTERPOLATIONS.map((interpolation) => ({
        label: t(`interpolation.${interpolation}`),
        checked: key.interpolation === interpolation,
        run: set({ interpolation }),
      })),
      { label: t("field.easing") },
      ...EASING_NAMES.map((easing) => ({
        label: t(`easing.${easing}`),
        checked: key.easing === easing,
        run: set({ easing }),
      })),
      { label: t("field.hold") },
      ...HOLDS.map((hold) => ({
        label: hold ? t("hold.frames", { frames: hold }) : t("hold.none"),
        checked: key.hold === hold,
        run: set({ hold }),
      })),
    ],
  });
}
