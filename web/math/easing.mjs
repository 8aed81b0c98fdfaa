// Easings: how far along its segment a camera is at a share 0..1 of the segment's time; those of geometry/presets.py.

/** @typedef {"linear" | "ease_in" | "ease_out" | "ease_in_out"} Easing */

/** @type {Readonly<Record<Easing, (t: number) => number>>} */
export const EASINGS = Object.freeze({
  /** @param {number} t */
  linear: (t) => t,
  /** @param {number} t */
  ease_in: (t) => t * t,
  /** @param {number} t */
  ease_out: (t) => 1 - (1 - t) * (1 - t),
  /** @param {number} t */
  ease_in_out: (t) => t * t * (3 - 2 * t),
});

/** Names in the order of menus. */
export const EASING_NAMES = /** @type {Easing[]} */ (Object.keys(EASINGS));
