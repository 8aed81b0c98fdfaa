// The frame of a camera's picture: its border, what a television may cut away, thirds for composing.

import { polygon, segments } from "./primitives.mjs";

/** @typedef {import("./camera.mjs").Rect} Rect */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./theme.mjs").Theme} Theme */

/** Shares of the frame in which action, and text, is safe (SMPTE RP 218 and the usage before it). */
const [ACTION_SAFE, TITLE_SAFE] = [0.9, 0.8];

/** The same rectangle about its middle. @param {Rect} rect @param {number} share @returns {Rect} */
export const shrunk = ({ x, y, width, height }, share) => ({
  x: x + ((1 - share) * width) / 2,
  y: y + ((1 - share) * height) / 2,
  width: width * share,
  height: height * share,
});

/** @param {Rect} rect */
const corners = ({ x, y, width, height }) => [
  { x, y }, { x: x + width, y }, { x: x + width, y: y + height }, { x, y: y + height },
];

/**
 * @param {Rect} frame @param {Theme} theme @param {boolean} withSafeAreas
 * @param {boolean} overPicture where white shows best @returns {Primitive[]}
 */
export function framePrimitives(frame, theme, withSafeAreas, overPicture) {
  const border = polygon(corners(frame), { color: theme.foreground, width: 1.25, alpha: 0.9, casing: theme.halo });
  if (!withSafeAreas) return [border];
  const line = { color: overPicture ? "#ffffff" : theme.foreground, width: 1 };
  return [
    segments(thirds(frame), { ...line, alpha: 0.2 }),
    polygon(corners(shrunk(frame, ACTION_SAFE)), { ...line, alpha: 0.45 }),
    polygon(corners(shrunk(frame, TITLE_SAFE)), { ...line, alpha: 0.35, dash: [5, 4] }),
    segments(cross(frame), { ...line, alpha: 0.55 }),
    border,
  ];
}

/** @param {Rect} frame @returns {number[]} */
const thirds = ({ x, y, width, height }) => [1 / 3, 2 / 3].flatMap((share) => [
  x + width * share, y, x + width * share, y + height, x, y + height * share, x + width, y + height * share,
]);

/** @param {Rect} frame @returns {number[]} */
function cross({ x, y, width, height }) {
  const [cx, cy, arm] = [x + width / 2, y + height / 2, 6];
  return [cx - arm, cy, cx + arm, cy, cx, cy - arm, cx, cy + arm];
}

/**
 * What lies around the frame, as four rectangles.
 * @param {Rect} frame @param {import("./camera.mjs").Size} size @param {Theme} theme @returns {Primitive[]}
 */
export function maskPrimitives(frame, size, theme) {
  const { x, y, width, height } = frame;
  const rects = [
    { x: 0, y: 0, width: size.width, height: y },
    { x: 0, y: y + height, width: size.width, height: size.height - y - height },
    { x: 0, y, width: x, height },
    { x: x + width, y, width: size.width - x - width, height },
  ];
  return rects
    .filter((rect) => rect.width > 0.5 && rect.height > 0.5)
    .map((rect) => polygon(corners(rect), { fill: theme.background, fillAlpha: 0.78 }));
}
