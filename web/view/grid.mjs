// The ground with its steps and their lengths; in the flat front and side views the same on the plane that one looks at.

import { niceStep } from "../math/niceStep.mjs";
import { add, distance, dot, scale } from "../math/vec.mjs";
import { label, segments } from "./primitives.mjs";
import { pixelsPerUnit, rayOnPlane, segmentToScreen, toScreen } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./theme.mjs").Theme} Theme */
/**
 * `first` and `second` span it, indexes of world axes; `level` is its coordinate on the third.
 * @typedef {{first: 0 | 1 | 2, second: 0 | 1 | 2, level: number}} GridPlane
 */

/** A step of the grid is at least this share of the canvas's shorter side long, within these pixels. */
const STEP_SHARE = 0.07;
const [SHORTEST_STEP_PX, LONGEST_STEP_PX] = [28, 56];
const MAJOR_EVERY = 5;
/** Steps from the middle to where the grid has faded away. */
const REACH_STEPS = 26;
/** The axes are drawn up to this share of it. */
const AXIS_SHARE = 0.7;
/** Labels farther than this, in distances of the middle, would crowd. */
const LABEL_REACH = 1.8;
/** Shades of fading; each is one stroke of the canvas. */
const SHADES = 6;

/**
 * The ground under a path: a third of the subject distance below the first camera, rounded so that it seldom jumps.
 * @param {number} height of the first camera, y @param {number} subjectDistance
 */
export const groundLevel = (height, subjectDistance) =>
  height + niceStep(subjectDistance * 0.33, [1, 2, 3, 4, 6, 8, 10]);

/** @param {Projection} projection @param {number} ground y @returns {GridPlane} */
export function gridPlane(projection, ground) {
  const [x, y, z] = projection.forward.map(Math.abs);
  if (projection.perspective || y > 0.4) return { first: 0, second: 2, level: ground };
  return z > x ? { first: 0, second: 1, level: 0 } : { first: 2, second: 1, level: 0 };
}

/** @param {GridPlane} plane @param {number} a @param {number} b @returns {Vec3} */
function pointOn({ first, second, level }, a, b) {
  /** @type {Vec3} */
  const point = [level, level, level];
  point[first] = a;
  point[second] = b;
  return point;
}

/**
 * Where the grid is centred: where one looks at the plane.
 * @param {GridPlane} plane @param {Projection} projection @param {Vec3} focus @returns {Vec3}
 */
function middleOf(plane, projection, focus) {
  /** @type {Vec3} */
  const middle = [...focus];
  /** @type {Vec3} */
  const normal = [1, 1, 1];
  normal[plane.first] = normal[plane.second] = 0;
  const third = normal.indexOf(1);
  middle[third] = plane.level;
  const seen = rayOnPlane({ origin: projection.eye, direction: projection.forward }, middle, normal);
  // Looking along the plane, what is looked at is far away; the middle stays below the focus then.
  return seen && distance(seen, focus) < distance(projection.eye, focus) ? seen : middle;
}

/**
 * @param {Projection} projection @param {GridPlane} plane @param {Vec3} focus what the view is about @param {Theme} theme
 * @param {((length: number) => string) | null} lengthText null leaves out the labels
 * @returns {Primitive[]}
 */
export function gridPrimitives(projection, plane, focus, theme, lengthText) {
  const middle = middleOf(plane, projection, focus);
  const wanted = STEP_SHARE * Math.min(projection.width, projection.height);
  const pixels = Math.min(LONGEST_STEP_PX, Math.max(SHORTEST_STEP_PX, wanted));
  const step = niceStep(pixels / pixelsPerUnit(projection, focus));
  const reach = step * REACH_STEPS;
  const lines = linesOf(projection, plane, middle, step, reach);
  return [
    ...lines.minor.map((flat, shade) => segments(flat, { color: theme.foreground, alpha: 0.17 * shadeAlpha(shade) })),
    ...lines.major.map((flat, shade) => segments(flat, { color: theme.foreground, alpha: 0.34 * shadeAlpha(shade) })),
    ...axisLines(projection, plane, middle, reach, theme),
    ...(lengthText ? stepLabels(projection, plane, middle, { step, reach }, theme, lengthText) : []),
  ];
}

/** @param {number} shade */
const shadeAlpha = (shade) => ((shade + 0.5) / SHADES) ** 1.3;

/** @returns {number[][]} */
const emptyShades = () => Array.from({ length: SHADES }, () => []);

/**
 * @param {Projection} projection @param {GridPlane} plane @param {Vec3} middle @param {number} step
 * @param {number} reach
 */
function linesOf(projection, plane, middle, step, reach) {
  const shades = { minor: emptyShades(), major: emptyShades() };
  const [a0, b0] = [middle[plane.first], middle[plane.second]];
  const [aStart, bStart] = [Math.round(a0 / step), Math.round(b0 / step)];
  for (let i = -REACH_STEPS; i <= REACH_STEPS; i++) {
    const target = (/** @type {number} */ n) => (n % MAJOR_EVERY === 0 ? shades.major : shades.minor);
    const [a, b] = [(aStart + i) * step, (bStart + i) * step];
    addLine(target(aStart + i), a - a0, reach, (t) => pointOn(plane, a, b0 + t), projection);
    addLine(target(bStart + i), b - b0, reach, (t) => pointOn(plane, a0 + t, b), projection);
  }
  return shades;
}

/**
 * One line of the grid, cut where its shade changes.
 * @param {number[][]} shades @param {number} beside distance from the middle @param {number} reach
 * @param {(t: number) => Vec3} at @param {Projection} projection
 */
function addLine(shades, beside, reach, at, projection) {
  for (let shade = 0; shade < SHADES; shade++) {
    const outer = chord(reach * (1 - shade / SHADES), beside);
    const inner = chord(reach * (1 - (shade + 1) / SHADES), beside);
    if (outer <= 0) return;
    if (inner <= 0) pushSegment(shades[shade], projection, at(-outer), at(outer));
    else {
      pushSegment(shades[shade], projection, at(-outer), at(-inner));
      pushSegment(shades[shade], projection, at(inner), at(outer));
    }
  }
}

/** Half of the chord of a circle. @param {number} radius @param {number} beside */
const chord = (radius, beside) => Math.sqrt(Math.max(0, radius * radius - beside * beside));

/** @param {number[]} flat @param {Projection} projection @param {Vec3} a @param {Vec3} b */
function pushSegment(flat, projection, a, b) {
  const cut = segmentToScreen(projection, a, b);
  if (cut && touchesCanvas(projection, cut)) flat.push(cut[0].x, cut[0].y, cut[1].x, cut[1].y);
}

/** @param {Projection} projection @param {import("./hit.mjs").Point[]} ends */
const touchesCanvas = ({ width, height }, [a, b]) =>
  Math.max(a.x, b.x) >= 0 && Math.min(a.x, b.x) <= width && Math.max(a.y, b.y) >= 0 && Math.min(a.y, b.y) <= height;

/**
 * The world's own axes on the plane.
 * @param {Projection} projection @param {GridPlane} plane @param {Vec3} middle @param {number} reach
 * @param {Theme} theme
 */
function axisLines(projection, plane, middle, reach, theme) {
  return [plane.first, plane.second].flatMap((index) => {
    const other = index === plane.first ? plane.second : plane.first;
    const half = chord(reach * AXIS_SHARE, middle[other]);
    const [from, to] = [-half, half].map((t) =>
      index === plane.first ? pointOn(plane, middle[index] + t, 0) : pointOn(plane, 0, middle[index] + t));
    const cut = half > 0 ? segmentToScreen(projection, from, to) : null;
    const flat = cut ? [cut[0].x, cut[0].y, cut[1].x, cut[1].y] : [];
    return cut ? [segments(flat, { color: theme.axes[index], width: 1.5, alpha: 0.75 })] : [];
  });
}

/**
 * Lengths beside the axes, where these are drawn; up is positive.
 * @param {Projection} projection @param {GridPlane} plane @param {Vec3} middle @param {{step: number, reach: number}} sizes
 * @param {Theme} theme @param {(length: number) => string} lengthText @returns {Primitive[]}
 */
function stepLabels(projection, plane, middle, { step, reach }, theme, lengthText) {
  const every = step * MAJOR_EVERY;
  return [plane.first, plane.second].flatMap((index) => {
    const other = index === plane.first ? plane.second : plane.first;
    const half = chord(reach * AXIS_SHARE, middle[other]);
    const count = Math.floor(half / every);
    const start = Math.round(middle[index] / every);
    return Array.from({ length: 2 * count + 1 }, (_, n) => (start + n - count) * every).flatMap((value) => {
      const point = value && toScreen(projection, index === plane.first ? pointOn(plane, value, 0) : pointOn(plane, 0, value));
      if (!point || (projection.perspective && point.depth > LABEL_REACH * distance(middle, projection.eye))) return [];
      const text = lengthText(index === 1 ? -value : value);
      return [label({ x: point.x + 4, y: point.y - 8 }, text, theme.muted, { size: 10, align: "left", alpha: 0.85 })];
    });
  });
}

/**
 * A point straight above or below another, on the ground.
 * @param {Vec3} point @param {number} ground y @returns {Vec3}
 */
export const onGround = ([x, , z], ground) => [x, ground, z];

/**
 * How far a point lies along a direction; for sorting far things first.
 * @param {Projection} projection @param {Vec3} point
 */
export const farness = (projection, point) => dot(projection.forward, add(point, scale(projection.eye, -1)));
