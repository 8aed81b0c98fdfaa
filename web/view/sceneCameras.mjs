// The cameras of the scene: one at each key, numbered, the one at the playhead, and the first one with its picture.

import { doubtOf } from "../editor/doubt.mjs";
import { cameraAt, samplePath } from "../math/path.mjs";
import { planeCorners, homographyOf, picturePlane, subjectDepth } from "./homography.mjs";
import { farness, onGround } from "./grid.mjs";
import { frustumDepth, frustumPrimitives, frustumShape } from "./frustum.mjs";
import { disc, fade, label, polygon, regular, segments } from "./primitives.mjs";
import { polygonToScreen, segmentToScreen, toScreen } from "./project.mjs";
import { DOUBTFUL_ALPHA } from "./runs.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./project.mjs").ScreenPoint} ScreenPoint */
/** @typedef {import("./scene.mjs").Scene} Scene */

/** Discs whose middles lie closer than this would hide each other's numbers. */
const CROWDED_PX = 17;
export const DISC_PX = { small: 4.5, key: 8.5, selected: 11 };
/** More keys than this, and the cameras that are not selected step back. */
const MANY_KEYS = 10;
/** Steps of fading. */
const SHADES = 6;

/** @param {PathDocument} document */
export const aspectOf = ({ width, height }) => width / height;

/** The plane of the source picture. @param {PathDocument} document */
export function pictureOf(document) {
  const first = samplePath(document)[0];
  return picturePlane(first, aspectOf(document), subjectDepth(first, document.subject));
}

/** @param {Scene} scene @returns {Primitive[]} */
export function picturePrimitives({ document, projection, theme, hasPicture }) {
  if (!hasPicture) return [];
  const plane = pictureOf(document);
  const corners = planeCorners(plane);
  const { position } = samplePath(document)[0];
  const edges = corners.flatMap((corner) => {
    const cut = segmentToScreen(projection, position, corner);
    return cut ? [cut[0].x, cut[0].y, cut[1].x, cut[1].y] : [];
  });
  return [
    { kind: "picture", homography: homographyOf(plane, projection), near: projection.near, alpha: 1 },
    polygon(polygonToScreen(projection, corners), { color: theme.foreground, width: 1, alpha: 0.55 }),
    segments(edges, { color: theme.foreground, width: 1, alpha: 0.28, dash: [3, 4] }),
  ];
}

/** From each key straight down to the ground. @param {Scene} scene @returns {Primitive[]} */
export function dropLines({ document, projection, theme, ground, flat, selection }) {
  if (flat) return [];
  const chosen = new Set(selection);
  /** @type {number[][]} */
  const flats = [[], []];
  document.keys.forEach((key, index) => {
    const cut = segmentToScreen(projection, key.position, onGround(key.position, ground));
    if (cut) flats[chosen.has(index) ? 1 : 0].push(cut[0].x, cut[0].y, cut[1].x, cut[1].y);
  });
  const quiet = document.keys.length > MANY_KEYS ? 0.12 : 0.24;
  return [
    segments(flats[0], { color: theme.foreground, alpha: quiet }),
    segments(flats[1], { color: theme.selection, alpha: 0.75, dash: [4, 3] }),
  ];
}

/** Far keys first, the selected ones last. @param {Scene} scene @returns {number[]} indexes */
export function keysInOrder({ document, projection, selection }) {
  const chosen = new Set(selection);
  const depths = document.keys.map((key) => farness(projection, key.position));
  return document.keys
    .map((_, index) => index)
    .sort((a, b) => Number(chosen.has(a)) - Number(chosen.has(b)) || depths[b] - depths[a]);
}

/**
 * The quiet ones in a few shades, each painted at once, then those that stand out.
 * @param {Scene} scene @param {number[]} order @returns {Primitive[]}
 */
export function keyFrustums(scene, order) {
  const { document, projection, theme, selection, focus, hover, pixel } = scene;
  const chosen = new Set(selection);
  const hovered = hover?.kind === "key" ? hover.index : -1;
  /** @type {Map<number, import("./frustum.mjs").FrustumShape[]>} */
  const shades = new Map();
  for (const index of order) {
    const depth = farness(projection, document.keys[index].position);
    if (chosen.has(index) || index === hovered || depth < projection.near) continue;
    const shade = Math.round(fade(projection, depth, focus) * trust(document, index) * SHADES);
    shades.set(shade, [...(shades.get(shade) ?? []), keyFrustum(scene, index, 1)]);
  }
  // A line of one pixel of the screen is painted many times faster than any other.
  const [quiet, width] = document.keys.length > MANY_KEYS ? [pixel < 1 ? 0.9 : 0.62, pixel] : [0.85, 1.25];
  const selected = order.filter((index) => chosen.has(index)).map((index) => keyFrustum(scene, index, 1.25));
  const strong = { color: theme.selection, width: 2, casing: theme.casing, fill: theme.selection, fillAlpha: 0.12 };
  return [
    ...[...shades].sort(([a], [b]) => a - b).flatMap(([shade, shapes]) =>
      frustumPrimitives(shapes, { color: theme.path, width, alpha: (quiet * shade) / SHADES })),
    ...(hovered >= 0 && document.keys[hovered] && !chosen.has(hovered)
      ? frustumPrimitives([keyFrustum(scene, hovered, 1)], { color: theme.path, width: 2 }) : []),
    ...(selected.length ? frustumPrimitives(selected, strong) : []),
  ];
}

/** Keys on doubtful frames step back, as the path does there. @param {PathDocument} document @param {number} index */
const trust = (document, index) => (doubtOf(document).at[document.keys[index].frame] ? DOUBTFUL_ALPHA : 1);

/** @param {Scene} scene @param {number} index @param {number} size factor */
function keyFrustum({ document, projection, reach }, index, size) {
  const key = document.keys[index];
  return frustumShape(projection, key, aspectOf(document), frustumDepth(projection, key.position, reach, size));
}

/** @param {Scene} scene @returns {Primitive[]} */
export function playheadPrimitives({ document, playhead, projection, theme, reach }) {
  const camera = cameraAt(document, playhead);
  const point = toScreen(projection, camera.position);
  if (!point) return [];
  const depth = frustumDepth(projection, camera.position, reach, 1.5);
  const look = { color: theme.foreground, width: 1.75, casing: theme.halo, fill: theme.foreground, fillAlpha: 0.16 };
  return [
    ...frustumPrimitives([frustumShape(projection, camera, aspectOf(document), depth)], look),
    disc(point, 3.5, { fill: theme.foreground, color: theme.halo, width: 1.5 }),
  ];
}

/**
 * Numbered discs; a selected key is a larger diamond.
 * @param {Scene} scene @param {number[]} order @returns {Primitive[]}
 */
export function keyDiscs(scene, order) {
  const { document, projection, selection, hover } = scene;
  const chosen = new Set(selection);
  /** @type {ScreenPoint[]} */
  const taken = [];
  // Places are given from the front, the painting goes from the back.
  const crowded = new Set();
  for (const index of [...order].reverse()) {
    const point = toScreen(projection, document.keys[index].position);
    if (!point) continue;
    const isFree = taken.every(({ x, y }) => Math.hypot(point.x - x, point.y - y) >= CROWDED_PX);
    if (isFree || chosen.has(index)) taken.push(point);
    else crowded.add(index);
  }
  return order.flatMap((index) => {
    const point = toScreen(projection, document.keys[index].position);
    if (!point) return [];
    const isHovered = hover?.kind === "key" && hover.index === index;
    if (chosen.has(index)) return selectedDisc(scene, index, point, isHovered);
    return keyDisc(scene, index, point, isHovered, crowded.has(index) && !isHovered);
  });
}

/**
 * @param {Scene} scene @param {number} index @param {ScreenPoint} point @param {boolean} isHovered
 * @param {boolean} isCrowded @returns {Primitive[]}
 */
function keyDisc({ document, theme, projection, focus }, index, point, isHovered, isCrowded) {
  const alpha = isHovered ? 1 : Math.max(0.55, fade(projection, point.depth, focus)) * trust(document, index);
  const radius = isCrowded ? DISC_PX.small : DISC_PX.key + (isHovered ? 1.5 : 0);
  const look = { fill: theme.background, color: theme.path, width: isHovered ? 2.5 : 1.75, alpha };
  const mark = disc(point, radius, look);
  return isCrowded ? [mark] : [mark, keyNumber(point, index, theme.foreground, false)];
}

/**
 * @param {Scene} scene @param {number} index @param {ScreenPoint} point @param {boolean} isHovered
 * @returns {Primitive[]}
 */
function selectedDisc({ theme }, index, point, isHovered) {
  const radius = DISC_PX.selected + (isHovered ? 1.5 : 0);
  return [
    polygon(regular(point, radius + 2, 4), { fill: theme.casing }),
    polygon(regular(point, radius, 4), { fill: theme.selection, color: theme.onSelection, width: 1.5 }),
    keyNumber(point, index, theme.onSelection, true),
  ];
}

/**
 * Keys count from 1, as people do.
 * @param {ScreenPoint} point @param {number} index @param {string} color @param {boolean} bold
 */
const keyNumber = (point, index, color, bold) =>
  label(point, String(index + 1), color, { size: index < 9 ? 10 : index < 99 ? 9 : 7, bold });
