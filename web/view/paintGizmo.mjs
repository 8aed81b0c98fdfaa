// How handles look. The one under the pointer is brighter and thicker; while one is pulled only it is left.

import { add, scale } from "../math/vec.mjs";
import { SIZES, gizmoScale } from "./gizmo.mjs";
import { disc, openPath, polygon, regular, segments } from "./primitives.mjs";
import { pixelsPerUnit, segmentToScreen, toScreen } from "./project.mjs";

/** @typedef {import("./gizmo.mjs").Gizmo} Gizmo */
/** @typedef {import("./gizmo.mjs").Handle} Handle */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./theme.mjs").Theme} Theme */
/**
 * @typedef {{gizmo: Gizmo, projection: Projection, theme: Theme, hot: string | null}} Styling `hot`: id of the handle
 *   that is hovered or pulled
 */

const HEAD_PX = { length: 13, half: 5.5 };

/** @param {Handle[]} handles @param {Styling} styling @returns {Primitive[]} */
export const gizmoPrimitives = (handles, styling) =>
  handles.flatMap((handle) => PAINTERS[handle.kind](handle, styling));

/** @param {Handle} handle @param {Styling} styling */
const isHot = (handle, { hot }) => handle.id === hot;

/** @param {Handle} handle @param {Theme} theme */
const colorOf = (handle, theme) => (handle.index < 0 ? theme.foreground : theme.axes[handle.index]);

/** @type {Record<Handle["kind"], (handle: Handle, styling: Styling) => Primitive[]>} */
const PAINTERS = {
  axis: paintArrow,
  plane: paintPlane,
  free: paintFree,
  aim: paintAim,
  roll: paintRoll,
  turn: paintTurn,
  scale: paintScale,
};

/** @param {Handle} handle @param {Styling} styling @returns {Primitive[]} */
function paintArrow(handle, styling) {
  if (handle.shape.kind !== "line") return [];
  const { theme, projection, gizmo } = styling;
  const [start, end] = handle.shape.points;
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const along = { x: (end.x - start.x) / length, y: (end.y - start.y) / length };
  const grow = gizmoScale(projection, gizmo) * (isHot(handle, styling) ? 1.2 : 1);
  const tip = { x: end.x + along.x * HEAD_PX.length * grow, y: end.y + along.y * HEAD_PX.length * grow };
  const side = { x: -along.y * HEAD_PX.half * grow, y: along.x * HEAD_PX.half * grow };
  const color = colorOf(handle, theme);
  const head = [tip, { x: end.x + side.x, y: end.y + side.y }, { x: end.x - side.x, y: end.y - side.y }];
  const look = { color, width: isHot(handle, styling) ? 4 : 2.75, alpha: handle.visible, casing: theme.casing };
  // The head twice, so that the casing of neither part cuts through the other.
  return [
    polygon(head, { ...look, width: 1.5, fill: color }),
    segments([start.x, start.y, end.x, end.y], look),
    polygon(head, { ...look, width: 1.5, fill: color, casing: undefined }),
  ];
}

/** @param {Handle} handle @param {Styling} styling @returns {Primitive[]} */
function paintPlane(handle, styling) {
  if (handle.shape.kind !== "polygon") return [];
  const color = colorOf(handle, styling.theme);
  const hot = isHot(handle, styling);
  const look = { color, width: hot ? 2.5 : 1.25, alpha: handle.visible, fill: color, fillAlpha: hot ? 0.6 : 0.28 };
  return [polygon(handle.shape.points, look)];
}

/** A ring around the key's own mark. @param {Handle} handle @param {Styling} styling @returns {Primitive[]} */
function paintFree(handle, styling) {
  if (handle.shape.kind !== "disc") return [];
  const { theme, gizmo } = styling;
  const hot = isHot(handle, styling);
  const look = { color: theme.foreground, width: hot ? 2.5 : 1.5, alpha: hot ? 1 : 0.8, casing: theme.halo };
  const ring = disc(handle.shape, handle.shape.radius + 3, look);
  // Several keys have no mark of their own at the pivot.
  return gizmo.of === "keys" ? [ring, disc(handle.shape, 2.5, { fill: theme.foreground })] : [ring];
}

/**
 * A line along the optical axis to a diamond with a dot.
 * @param {Handle} handle @param {Styling} styling @returns {Primitive[]}
 */
function paintAim(handle, styling) {
  if (handle.shape.kind !== "disc") return [];
  const { gizmo, projection, theme } = styling;
  const line = gizmo.aim && segmentToScreen(projection, gizmo.origin, gizmo.aim);
  const radius = handle.shape.radius * (isHot(handle, styling) ? 1.3 : 1);
  const flat = line ? [line[0].x, line[0].y, line[1].x, line[1].y] : [];
  const diamond = { fill: theme.background, color: theme.selection, width: 2, casing: theme.casing };
  return [
    segments(flat, { color: theme.selection, width: 1.25, alpha: 0.8, dash: [5, 4] }),
    polygon(regular(handle.shape, radius + 2, 4), diamond),
    disc(handle.shape, 2.5, { fill: theme.selection }),
  ];
}

/** A ring, as far as it is seen, with a knob on the side that is up. @param {Handle} handle @param {Styling} styling @returns {Primitive[]} */
function paintRoll(handle, styling) {
  const { gizmo, projection, theme } = styling;
  const hot = isHot(handle, styling);
  const knob = upOnRing(gizmo, projection);
  const look = { color: theme.selection, width: hot ? 3.25 : 1.75, alpha: handle.visible * (hot ? 1 : 0.75), casing: theme.casing };
  return [
    ...(handle.shape.kind === "line" ? [openPath(handle.shape.points, look)] : []),
    ...(knob ? [disc(knob, hot ? 6.5 : SIZES.knob, { fill: theme.selection, color: theme.onSelection, width: 1.25 })] : []),
  ];
}

/** @param {Gizmo} gizmo @param {Projection} projection */
function upOnRing(gizmo, projection) {
  if (!gizmo.up) return null;
  const reach = (SIZES.ring * gizmoScale(projection, gizmo)) / pixelsPerUnit(projection, gizmo.origin);
  return toScreen(projection, add(gizmo.origin, scale(gizmo.up, reach)));
}

/** @param {Handle} handle @param {Styling} styling @returns {Primitive[]} */
function paintTurn(handle, styling) {
  if (handle.shape.kind !== "line") return [];
  const hot = isHot(handle, styling);
  const look = { width: hot ? 3.5 : 2.25, alpha: handle.visible * (hot ? 1 : 0.9), casing: styling.theme.casing };
  return [openPath(handle.shape.points, { ...look, color: colorOf(handle, styling.theme) })];
}

/** A square on a stalk. @param {Handle} handle @param {Styling} styling @returns {Primitive[]} */
function paintScale(handle, styling) {
  if (handle.shape.kind !== "disc") return [];
  const { theme, gizmo, projection } = styling;
  const { x, y, radius } = handle.shape;
  const center = toScreen(projection, gizmo.origin) ?? handle.shape;
  const hot = isHot(handle, styling);
  const start = 0.16;
  const stalk = [center.x + (x - center.x) * start, center.y + (y - center.y) * start, x, y];
  const square = regular(handle.shape, radius * (hot ? 1.35 : 1.1), 4, Math.PI / 4);
  return [
    segments(stalk, { color: theme.foreground, width: 1.25, alpha: 0.55, dash: [3, 3] }),
    polygon(square, { fill: theme.foreground, color: theme.halo, width: 1.5 }),
  ];
}

/**
 * Where a pull goes: the axis or the plane's two axes, right across the canvas.
 * @param {Gizmo} gizmo @param {number[]} along indexes of axes @param {Projection} projection @param {Theme} theme
 * @param {Point} center @returns {Primitive[]}
 */
export function guideLines(gizmo, along, projection, theme, center) {
  if (along.length === 3) return [];
  const reach = (2 * Math.hypot(projection.width, projection.height)) / pixelsPerUnit(projection, gizmo.origin);
  return along.flatMap((index) => {
    const offset = scale(gizmo.axes[index], reach);
    const cut = segmentToScreen(projection, add(gizmo.origin, scale(offset, -1)), add(gizmo.origin, offset));
    const flat = cut ? [cut[0].x, cut[0].y, cut[1].x, cut[1].y] : [center.x, center.y, center.x, center.y];
    return [segments(flat, { color: theme.axes[index], width: 1.25, alpha: 0.7 })];
  });
}
