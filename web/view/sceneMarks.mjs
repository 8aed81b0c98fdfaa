// What is not the path: the subject, the corner with the axes, the box of a selection, words at the pointer.

import { dot, scale } from "../math/vec.mjs";
import { onGround } from "./grid.mjs";
import { WORLD_AXES } from "./gizmo.mjs";
import { wordsOf } from "./options.mjs";
import { disc, label, openPath, polygon, segments } from "./primitives.mjs";
import { segmentToScreen, toScreen } from "./project.mjs";

/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./theme.mjs").Theme} Theme */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./scene.mjs").Scene} Scene */

export const SUBJECT_PX = 10;
const COMPASS = { arm: 22, margin: 34, dot: 7.5 };
/** Which view a click on an axis shows. */
const COMPASS_VIEWS = /** @type {const} */ (["side", "top", "front"]);

/** A ring with four strokes and a dot, on a line to the ground. @param {Scene} scene @returns {Primitive[]} */
export function subjectPrimitives({ document, projection, theme, ground, flat, hover, subjectActive }) {
  const point = toScreen(projection, document.subject);
  if (!point) return [];
  const strong = hover?.kind === "subject" || subjectActive;
  const radius = SUBJECT_PX + (strong ? 2 : 0);
  const { x, y } = point;
  const cross = [[-1, 0], [1, 0], [0, -1], [0, 1]].flatMap(([dx, dy]) => [
    x + dx * (radius - 4), y + dy * (radius - 4), x + dx * (radius + 5), y + dy * (radius + 5),
  ]);
  const look = { color: theme.subject, width: strong ? 3 : 2.25, casing: theme.casing };
  return [
    ...(flat ? [] : subjectDrop(document.subject, projection, theme, ground)),
    segments(cross, look),
    disc(point, radius, look),
    disc(point, 2.5, { fill: theme.subject }),
  ];
}

/**
 * @param {import("../math/vec.mjs").Vec3} subject @param {Projection} projection @param {Theme} theme
 * @param {number} ground @returns {Primitive[]}
 */
function subjectDrop(subject, projection, theme, ground) {
  const cut = segmentToScreen(projection, subject, onGround(subject, ground));
  if (!cut) return [];
  return [
    segments([cut[0].x, cut[0].y, cut[1].x, cut[1].y], { color: theme.subject, alpha: 0.6, dash: [2, 3], width: 1.25 }),
    disc(cut[1], 2.5, { fill: theme.subject, alpha: 0.7 }),
  ];
}

/** Middles of the compass and of its three ends, far ends first. @param {Projection} projection */
export function compassLayout(projection) {
  const center = { x: projection.width - COMPASS.margin, y: COMPASS.margin };
  const ends = WORLD_AXES.map((axis, index) => {
    const arm = scale(axis, COMPASS.arm);
    return {
      index,
      view: COMPASS_VIEWS[index],
      x: center.x + dot(arm, projection.right),
      y: center.y + dot(arm, projection.down),
      depth: dot(arm, projection.forward),
      radius: COMPASS.dot,
    };
  });
  return { center, ends: ends.sort((a, b) => b.depth - a.depth) };
}

/** @param {Scene} scene @returns {Primitive[]} */
export function compassPrimitives({ projection, theme, hover, options }) {
  const { center, ends } = compassLayout(projection);
  const { right, up, forward } = wordsOf(options);
  const isHot = hover?.kind === "compass";
  return [
    disc(center, COMPASS.arm + COMPASS.dot + 1, { fill: theme.panel, fillAlpha: isHot ? 0.9 : 0.45 }),
    ...ends.flatMap((end) => {
      const hot = isHot && hover.view === end.view;
      const alpha = end.depth > 4 ? 0.65 : 1;
      const color = theme.axes[end.index];
      const letter = [right, up, forward][end.index].charAt(0).toUpperCase();
      return [
        segments([center.x, center.y, end.x, end.y], { color, width: 2, alpha }),
        disc(end, end.radius + (hot ? 1.5 : 0), { fill: color, alpha }),
        label(end, letter, "#ffffff", { size: 10, bold: true, alpha }),
      ];
    }),
  ];
}

/** @param {Point} a @param {Point} b @param {Theme} theme @returns {Primitive[]} */
export const boxPrimitives = (a, b, theme) => [
  polygon([a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }], {
    color: theme.selection, width: 1.25, dash: [5, 3], fill: theme.selection, fillAlpha: 0.1, casing: theme.casing,
  }),
];

/**
 * Words beside the pointer, kept on the canvas.
 * @param {Point} pointer @param {string} text @param {Projection} projection @param {Theme} theme
 * @param {string} [border] @returns {Primitive}
 */
export function pointerLabel(pointer, text, { width, height }, theme, border = theme.border) {
  // Seven pixels a letter is more than any letter of this size needs.
  const room = text.length * 6.5 + 20;
  const left = pointer.x + 16 + room > width;
  const place = {
    x: left ? Math.max(room, pointer.x - 14) : pointer.x + 16,
    y: Math.min(height - 14, Math.max(14, pointer.y - 22)),
  };
  const look = { align: /** @type {CanvasTextAlign} */ (left ? "right" : "left"), plate: { fill: theme.panel, border } };
  return label(place, text, theme.foreground, { size: 12, ...look });
}

/** The line that is being drawn by hand. @param {Point[]} points @param {Theme} theme @returns {Primitive[]} */
export const strokePrimitives = (points, theme) =>
  points.length > 1
    ? [openPath(points, { color: theme.casing, width: 7 }), openPath(points, { color: theme.selection, width: 3 })]
    : [];
