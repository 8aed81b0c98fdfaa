// The path that is asked for, with a tick a frame and its shadow on the ground; fainter where an estimate is doubtful.

import { doubtOf } from "../editor/doubt.mjs";
import { cameraAt, samplePath } from "../math/path.mjs";
import { remembering } from "../math/remember.mjs";
import { fade, openPath, segments } from "./primitives.mjs";
import { toScreen } from "./project.mjs";
import { onGround } from "./grid.mjs";
import { DOTS, DOUBTFUL_ALPHA, runsOf } from "./runs.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./project.mjs").ScreenPoint} ScreenPoint */
/** @typedef {import("./scene.mjs").Scene} Scene */

/** Short clips get points between the frames, so that curves look like curves. */
const FEWEST_POINTS = 160;
/** Frames whose ticks would stand closer than this are not marked one by one. */
const TICK_GAP_PX = 4.5;
const [TICK_PX, SECOND_TICK_PX] = [2.5, 5.5];

/**
 * The curve through the world; `perFrame` points from a frame to the next.
 * @typedef {{points: Vec3[], perFrame: number}} Curve
 */

/** @type {(document: PathDocument) => Curve} */
export const curveOf = remembering(computeCurve);

/** @param {PathDocument} document @returns {Curve} */
function computeCurve(document) {
  const gaps = document.frames - 1;
  const perFrame = gaps > 0 ? Math.max(1, Math.ceil(FEWEST_POINTS / gaps)) : 1;
  if (perFrame === 1) return { perFrame, points: samplePath(document).map(({ position }) => position) };
  const points = Array.from({ length: gaps * perFrame + 1 }, (_, index) => cameraAt(document, index / perFrame).position);
  return { perFrame, points };
}

/**
 * The curve on the screen; null where it lies before the near plane.
 * @param {Scene} scene @returns {(ScreenPoint | null)[]}
 */
export const curveOnScreen = ({ document, projection }) =>
  curveOf(document).points.map((point) => toScreen(projection, point));

/**
 * In pieces, so that the far ones can fade.
 * @param {ScreenPoint[]} run @param {number} length points @returns {ScreenPoint[][]}
 */
function pieces(run, length) {
  const parts = [];
  for (let i = 0; i + 1 < run.length; i += length) parts.push(run.slice(i, i + length + 1));
  return parts;
}

/** @param {Scene} scene @param {(ScreenPoint | null)[]} onScreen @returns {Primitive[]} */
export function pathPrimitives(scene, onScreen) {
  const { theme, projection, focus } = scene;
  const { perFrame } = curveOf(scene.document);
  const { at } = doubtOf(scene.document);
  const parts = runsOf(onScreen, (index) => at[Math.round(index / perFrame)]).flatMap(({ points, doubtful }) =>
    pieces(points, Math.max(8, Math.ceil(points.length / 10))).map((piece) => ({ piece, doubtful })));
  const shades = parts.map(({ piece, doubtful }) =>
    fade(projection, piece[piece.length >> 1].depth, focus) * (doubtful ? DOUBTFUL_ALPHA : 1));
  return [
    ...shadow(scene),
    ...parts.map(({ piece }, index) => openPath(piece, { color: theme.casing, width: 5, alpha: 0.9 * shades[index] })),
    ...parts.map(({ piece, doubtful }, index) =>
      openPath(piece, { color: theme.path, width: 2.5, alpha: shades[index], ...(doubtful ? { dash: DOTS } : {}) })),
    ...tickPrimitives(scene, onScreen),
  ];
}

/**
 * The path straight below on the ground: tells height and place in one look.
 * @param {Scene} scene @returns {Primitive[]}
 */
function shadow({ document, projection, theme, ground, flat }) {
  if (flat) return [];
  const points = curveOf(document).points;
  const every = Math.max(1, Math.floor(points.length / 80));
  const kept = points.filter((_, index) => index % every === 0 || index === points.length - 1);
  const runs = runsOf(kept.map((point) => toScreen(projection, onGround(point, ground))));
  return runs.map(({ points: run }) => openPath(run, { color: theme.foreground, width: 2, alpha: 0.2 }));
}

/**
 * Short strokes across the path: one a frame where there is room and no doubt, longer ones at whole seconds.
 * @param {Scene} scene @param {(ScreenPoint | null)[]} onScreen @returns {Primitive[]}
 */
function tickPrimitives({ document, theme }, onScreen) {
  const { perFrame } = curveOf(document);
  const doubt = doubtOf(document);
  const everySecond = Math.max(1, Math.round(document.fps));
  /** @type {number[]} */
  const short = [];
  /** @type {number[]} */
  const long = [];
  let last = null;
  for (let frame = 0; frame < document.frames; frame++) {
    const point = onScreen[frame * perFrame];
    const isLong = frame % everySecond === 0;
    if (doubt.at[frame] && !isLong) continue;
    if (!point || (!isLong && last && Math.hypot(point.x - last.x, point.y - last.y) < TICK_GAP_PX)) continue;
    const across = acrossPath(onScreen, frame * perFrame);
    if (!across) continue;
    addTick(isLong ? long : short, point, across, isLong ? SECOND_TICK_PX : TICK_PX);
    last = point;
  }
  return [
    segments(short, { color: theme.path, width: 1, alpha: 0.75 }),
    segments(long, { color: theme.path, width: 1.5, alpha: 0.95 }),
  ];
}

/** Unit, across the path at a point. @param {(ScreenPoint | null)[]} onScreen @param {number} index */
function acrossPath(onScreen, index) {
  const [a, b] = [onScreen[Math.max(0, index - 1)], onScreen[Math.min(onScreen.length - 1, index + 1)]];
  const length = a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0;
  return a && b && length > 0.05 ? { x: (a.y - b.y) / length, y: (b.x - a.x) / length } : null;
}

/** @param {number[]} flat @param {ScreenPoint} point @param {{x: number, y: number}} across @param {number} half */
const addTick = (flat, { x, y }, across, half) =>
  flat.push(x - across.x * half, y - across.y * half, x + across.x * half, y + across.y * half);
