// What a scene is made of once it is flat: lines, discs, text and pictures in CSS pixels, painted in order (draw.mjs).

/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./homography.mjs").Homography} Homography */

/**
 * `casing` is a colour drawn one and a half pixels around the line.
 * @typedef {{color?: string, width?: number, alpha?: number, dash?: number[], casing?: string, fill?: string,
 *   fillAlpha?: number}} Look
 */

/**
 * segments: x0, y0, x1, y1 of each. path: one line through the points, closed where it says so. Many small shapes of
 * one look are painted much faster as one primitive.
 * @typedef {({kind: "segments", flat: number[]} & Look)
 *   | ({kind: "polygons", polygons: Point[][]} & Look)
 *   | ({kind: "path", points: Point[], closed: boolean} & Look)
 *   | ({kind: "disc", x: number, y: number, radius: number} & Look)
 *   | {kind: "text", x: number, y: number, text: string, color: string, size: number, align: CanvasTextAlign,
 *      alpha: number, bold: boolean, plate: {fill: string, border: string} | null}
 *   | {kind: "picture", homography: Homography, near: number, alpha: number}} Primitive
 */

/** @param {number[]} flat @param {Look} look @returns {Primitive} */
export const segments = (flat, look) => ({ kind: "segments", flat, ...look });

/** @param {Point[]} points @param {Look} look @returns {Primitive} */
export const openPath = (points, look) => ({ kind: "path", points, closed: false, ...look });

/** @param {Point[]} points @param {Look} look @returns {Primitive} */
export const polygon = (points, look) => ({ kind: "path", points, closed: true, ...look });

/** @param {Point[][]} each @param {Look} look @returns {Primitive} */
export const polygons = (each, look) => ({ kind: "polygons", polygons: each, ...look });

/** @param {Point} center @param {number} radius @param {Look} look @returns {Primitive} */
export const disc = ({ x, y }, radius, look) => ({ kind: "disc", x, y, radius, ...look });

/**
 * Text whose middle is `y`; with a plate it stays readable over anything.
 * @param {Point} place @param {string} text @param {string} color
 * @param {{size?: number, align?: CanvasTextAlign, alpha?: number, bold?: boolean,
 *   plate?: {fill: string, border: string} | null}} [look]
 * @returns {Primitive}
 */
export const label = ({ x, y }, text, color, { size = 11, align = "center", alpha = 1, bold = false, plate = null } = {}) =>
  ({ kind: "text", x, y, text, color, size, align, alpha, bold, plate });

/**
 * Points of a regular polygon.
 * @param {Point} center @param {number} radius @param {number} corners
 * @param {number} [turn] radians; 0 has a corner on top @returns {Point[]}
 */
export const regular = ({ x, y }, radius, corners, turn = 0) =>
  Array.from({ length: corners }, (_, index) => {
    const angle = turn + (index / corners) * 2 * Math.PI;
    return { x: x + radius * Math.sin(angle), y: y - radius * Math.cos(angle) };
  });

/**
 * Things behind what the view is about fade, so that near and far lines tell apart.
 * @param {import("./project.mjs").Projection} projection @param {number} depth @param {number} focus depth of what it is about
 */
export function fade(projection, depth, focus) {
  if (!projection.perspective) return 1;
  const t = Math.min(1, Math.max(0, (depth - focus) / (1.6 * focus)));
  return 1 - 0.62 * t * t * (3 - 2 * t);
}
