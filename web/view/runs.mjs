// Lines on the screen in whole pieces: cut where they cannot be seen, and where sure frames end and doubtful ones begin.

/** @typedef {import("./project.mjs").ScreenPoint} ScreenPoint */
/** @typedef {{points: ScreenPoint[], doubtful: boolean}} Run */

/** How a doubtful stretch differs from a sure one: fainter, and dotted. */
export const DOUBTFUL_ALPHA = 0.45;
export const DOTS = [1, 5];

/**
 * A way is doubtful where either of its ends is.
 * @param {readonly (ScreenPoint | null)[]} points null where the line lies before the near plane
 * @param {(index: number) => boolean} [isDoubtful] @returns {Run[]} of two points at least
 */
export function runsOf(points, isDoubtful = () => false) {
  /** @type {Run[]} */
  const runs = [];
  let isOpen = false;
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1], points[i]];
    const doubtful = isDoubtful(i - 1) || isDoubtful(i);
    const last = runs[runs.length - 1];
    if (from && to && isOpen && last.doubtful === doubtful) last.points.push(to);
    else if (from && to) runs.push({ points: [from, to], doubtful });
    isOpen = Boolean(from && to);
  }
  return runs;
}
