// The path that is asked for, with a tick a frame, its shadow on the ground, and the path that came out, with stalks
// from where a camera should have been to where it was.

import { formatQuantity } from "../editor/units.mjs";
import { cameraAt, samplePath } from "../math/path.mjs";
import { remembering } from "../math/remember.mjs";
import { disc, fade, label, openPath, segments } from "./primitives.mjs";
import { segmentToScreen, toScreen } from "./project.mjs";
import { onGround } from "./grid.mjs";
import { lengthText, subjectDistance } from "./options.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./project.mjs").ScreenPoint} ScreenPoint */
/** @typedef {import("./scene.mjs").Scene} Scene */
/** @typedef {{rotation_deg: number[], position: number[]}} Errors degrees and subject distances a frame */
/** @typedef {{achieved: Camera[] | null, errors: Errors | null}} Overlay */

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
 * The screen points of whole runs that can be seen.
 * @param {(ScreenPoint | null)[]} points @returns {ScreenPoint[][]}
 */
function runsOf(points) {
  /** @type {ScreenPoint[][]} */
  const runs = [[]];
  for (const point of points) {
    if (point) runs[runs.length - 1].push(point);
    else if (runs[runs.length - 1].length) runs.push([]);
  }
  return runs.filter((run) => run.length > 1);
}

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
  const parts = runsOf(onScreen).flatMap((run) => pieces(run, Math.max(8, Math.ceil(run.length / 10))));
  const shades = parts.map((part) => fade(projection, part[part.length >> 1].depth, focus));
  return [
    ...shadow(scene),
    ...parts.map((part, index) => openPath(part, { color: theme.casing, width: 5, alpha: 0.9 * shades[index] })),
    ...parts.map((part, index) => openPath(part, { color: theme.path, width: 2.5, alpha: shades[index] })),
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
  return runs.map((run) => openPath(run, { color: theme.foreground, width: 2, alpha: 0.2 }));
}

/**
 * Short strokes across the path: one a frame where there is room, longer ones at whole seconds.
 * @param {Scene} scene @param {(ScreenPoint | null)[]} onScreen @returns {Primitive[]}
 */
function tickPrimitives({ document, theme }, onScreen) {
  const { perFrame } = curveOf(document);
  const everySecond = Math.max(1, Math.round(document.fps));
  /** @type {number[]} */
  const short = [];
  /** @type {number[]} */
  const long = [];
  let last = null;
  for (let frame = 0; frame < document.frames; frame++) {
    const point = onScreen[frame * perFrame];
    const isLong = frame % everySecond === 0;
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

/** @param {Scene} scene @returns {Primitive[]} */
export function achievedPrimitives(scene) {
  const { overlay, projection, theme } = scene;
  const achieved = overlay?.achieved;
  if (!achieved?.length) return [];
  const points = achieved.map(({ position }) => toScreen(projection, position));
  const every = Math.max(1, Math.ceil(points.length / 40));
  const marks = points.flatMap((point, index) => (point && index % every === 0 ? [point] : []));
  return [
    stalks(scene, achieved),
    ...runsOf(points).map((run) => openPath(run, { color: theme.casing, width: 4.5, alpha: 0.8 })),
    ...runsOf(points).map((run) => openPath(run, { color: theme.achieved, width: 2, dash: [7, 4] })),
    ...marks.map((point) => disc(point, 1.8, { fill: theme.achieved })),
    ...worstFrame(scene, achieved),
  ];
}

/**
 * The frame of the document that a frame of the achieved path is compared with.
 * @param {Pick<Scene, "document">} scene @param {Camera[]} achieved @param {number} index
 */
export const requestedFrame = ({ document }, achieved, index) =>
  achieved.length > 1 ? (index * (document.frames - 1)) / (achieved.length - 1) : 0;

/** @param {Scene} scene @param {Camera[]} achieved @returns {Primitive} */
function stalks(scene, achieved) {
  const every = Math.max(1, Math.ceil(achieved.length / 120));
  const flat = achieved.flatMap(({ position }, index) => {
    if (index % every) return [];
    const wanted = cameraAt(scene.document, requestedFrame(scene, achieved, index)).position;
    const cut = segmentToScreen(scene.projection, wanted, position);
    return cut ? [cut[0].x, cut[0].y, cut[1].x, cut[1].y] : [];
  });
  return segments(flat, { color: scene.theme.achieved, width: 1, alpha: 0.6 });
}

/**
 * The largest error, told in words where it happens.
 * @param {Scene} scene @param {Camera[]} achieved @returns {Primitive[]}
 */
function worstFrame({ overlay, projection, theme, document, options }, achieved) {
  const position = overlay?.errors?.position;
  if (!overlay?.errors || !position?.length) return [];
  const worst = position.indexOf(Math.max(...position));
  const index = Math.round((worst * (achieved.length - 1)) / Math.max(1, position.length - 1));
  const point = toScreen(projection, achieved[index].position);
  if (!point) return [];
  const text = errorText(overlay.errors, worst, document, options);
  const plate = { fill: theme.panel, border: theme.achieved };
  return [
    disc(point, 5, { color: theme.achieved, width: 2, casing: theme.casing }),
    label({ x: point.x + 14, y: point.y - 14 }, text, theme.foreground, { align: "left", plate }),
  ];
}

/**
 * "0.06 u · 1.2°".
 * @param {Errors} errors @param {number} frame @param {PathDocument} document
 * @param {import("./options.mjs").ViewOptions} options
 */
export function errorText(errors, frame, document, options) {
  const length = lengthText(errors.position[frame] * subjectDistance(document), document, options);
  return `${length} · ${formatQuantity(errors.rotation_deg[frame] ?? 0, "deg")}`;
}
