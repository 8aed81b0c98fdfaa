// Between the world and the pixels of a canvas, both ways. World: OpenCV axes (x right, y down, z forward), scene units.
// Pixels are CSS pixels of the canvas, x to the right, y downwards. `depth` is measured along the view, in scene units.

import { add, cross, dot, lerp, scale, subtract } from "../math/vec.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */

/**
 * How a view draws. `right`, `down`, `forward` are unit and orthogonal. `focal` is in pixels with perspective, and in
 * pixels per scene unit without. Nothing nearer than `near` is drawn.
 * @typedef {{perspective: boolean, eye: Vec3, right: Vec3, down: Vec3, forward: Vec3,
 *   focal: number, centerX: number, centerY: number, width: number, height: number, near: number}} Projection
 */

/** @typedef {{x: number, y: number, depth: number}} ScreenPoint */
/** @typedef {{origin: Vec3, direction: Vec3}} Ray direction has unit length */

/** A direction counts as within a plane, or as parallel to an axis, when its sine or cosine is below this. */
const PARALLEL = 1e-6;

/**
 * Coordinates in the axes of the view: right, down, depth.
 * @param {Projection} projection @param {Vec3} point @returns {Vec3}
 */
export function toView(projection, point) {
  const offset = subtract(point, projection.eye);
  return [dot(projection.right, offset), dot(projection.down, offset), dot(projection.forward, offset)];
}

/** @param {Projection} projection @param {Vec3} inView @returns {ScreenPoint} */
function fromView(projection, inView) {
  const factor = projection.perspective ? projection.focal / inView[2] : projection.focal;
  return {
    x: projection.centerX + inView[0] * factor,
    y: projection.centerY + inView[1] * factor,
    depth: inView[2],
  };
}

/**
 * The pixel of a point, or null before the near plane.
 * @param {Projection} projection @param {Vec3} point @returns {ScreenPoint | null}
 */
export function toScreen(projection, point) {
  const inView = toView(projection, point);
  return inView[2] >= projection.near ? fromView(projection, inView) : null;
}

/**
 * The visible part of the segment a-b, cut at the near plane; null when nothing is left.
 * @param {Projection} projection @param {Vec3} a @param {Vec3} b @returns {[ScreenPoint, ScreenPoint] | null}
 */
export function segmentToScreen(projection, a, b) {
  let start = toView(projection, a);
  let end = toView(projection, b);
  const { near } = projection;
  if (start[2] < near && end[2] < near) return null;
  if (start[2] < near) start = lerp(start, end, (near - start[2]) / (end[2] - start[2]));
  else if (end[2] < near) end = lerp(end, start, (near - end[2]) / (start[2] - end[2]));
  return [fromView(projection, start), fromView(projection, end)];
}

/**
 * A flat polygon cut at the near plane; empty when it lies before it.
 * @param {Projection} projection @param {Vec3[]} points @returns {ScreenPoint[]}
 */
export function polygonToScreen(projection, points) {
  const inView = points.map((point) => toView(projection, point));
  const { near } = projection;
  return inView.flatMap((point, index) => {
    const next = inView[(index + 1) % inView.length];
    const kept = point[2] >= near ? [fromView(projection, point)] : [];
    if (point[2] >= near === next[2] >= near) return kept;
    const cut = lerp(point, next, (near - point[2]) / (next[2] - point[2]));
    return [...kept, fromView(projection, cut)];
  });
}

/**
 * How many pixels one scene unit across the view is long at this point.
 * @param {Projection} projection @param {Vec3} point
 */
export function pixelsPerUnit(projection, point) {
  if (!projection.perspective) return projection.focal;
  return projection.focal / Math.max(toView(projection, point)[2], projection.near);
}

/**
 * The ray of points that are drawn at a pixel.
 * @param {Projection} projection @param {number} x @param {number} y @returns {Ray}
 */
export function rayThrough(projection, x, y) {
  const { eye, right, down, forward, focal } = projection;
  const across = add(
    scale(right, (x - projection.centerX) / focal),
    scale(down, (y - projection.centerY) / focal),
  );
  if (!projection.perspective) return { origin: add(eye, across), direction: forward };
  const direction = add(forward, across);
  return { origin: eye, direction: scale(direction, 1 / Math.sqrt(dot(direction, direction))) };
}

/**
 * The point drawn at a pixel at this depth.
 * @param {Projection} projection @param {number} x @param {number} y @param {number} depth @returns {Vec3}
 */
export function unproject(projection, x, y, depth) {
  const perPixel = (projection.perspective ? depth : 1) / projection.focal;
  const across = add(
    scale(projection.right, (x - projection.centerX) * perPixel),
    scale(projection.down, (y - projection.centerY) * perPixel),
  );
  return add(add(projection.eye, scale(projection.forward, depth)), across);
}

/**
 * Where a ray meets a plane, or null where it runs along it or away from it.
 * @param {Ray} ray @param {Vec3} point of the plane @param {Vec3} normal unit @returns {Vec3 | null}
 */
export function rayOnPlane(ray, point, normal) {
  const slope = dot(ray.direction, normal);
  if (Math.abs(slope) < PARALLEL) return null;
  const reach = dot(subtract(point, ray.origin), normal) / slope;
  return reach > 0 ? add(ray.origin, scale(ray.direction, reach)) : null;
}

/**
 * How far along an axis its point nearest to the ray lies, in scene units; null where the ray runs along the axis.
 * @param {Ray} ray @param {Vec3} origin of the axis @param {Vec3} axis unit
 */
export function nearestOnAxis(ray, origin, axis) {
  const normal = cross(axis, ray.direction);
  const square = dot(normal, normal);
  if (square < PARALLEL * PARALLEL) return null;
  return dot(cross(subtract(ray.origin, origin), ray.direction), normal) / square;
}
