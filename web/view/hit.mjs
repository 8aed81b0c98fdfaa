// What lies under the pointer. Everything that can be taken hold of has a shape in pixels of the canvas.

/** @typedef {{x: number, y: number}} Point */
/**
 * A disc, a line, or a filled polygon.
 * @typedef {{kind: "disc", x: number, y: number, radius: number}
 *   | {kind: "line", points: Point[], halfWidth: number}
 *   | {kind: "polygon", points: Point[]}} Shape
 */
/**
 * Of two things under the pointer, the one of the lower tier is taken.
 * @template T
 * @typedef {{item: T, shape: Shape, tier: number}} Target
 */
/** @typedef {"mouse" | "pen" | "touch"} PointerKind */

/** How far beside a thing the pointer may be and still take it. A fingertip covers some 9 mm. */
const REACH_PX = { mouse: 7, pen: 11, touch: 20 };

/** @param {string} pointerType of a PointerEvent @returns {PointerKind} */
export const pointerKind = (pointerType) =>
  pointerType === "touch" || pointerType === "pen" ? pointerType : "mouse";

/** @param {PointerKind} kind */
export const reachOf = (kind) => REACH_PX[kind];

/**
 * Distance in pixels from the pointer to a shape; 0 inside.
 * @param {Shape} shape @param {number} x @param {number} y
 */
export function distanceTo(shape, x, y) {
  if (shape.kind === "disc") return Math.max(0, Math.hypot(x - shape.x, y - shape.y) - shape.radius);
  if (shape.kind === "line") return Math.max(0, nearestOnLine(shape.points, x, y).distance - shape.halfWidth);
  if (isInside(shape.points, x, y)) return 0;
  return nearestOnLine([...shape.points, shape.points[0]], x, y).distance;
}

/**
 * @param {Point[]} points @param {number} x @param {number} y
 * @returns {{distance: number, at: number}} `at` counts segments: 2.5 is the middle of the third
 */
export function nearestOnLine(points, x, y) {
  let nearest = { distance: Infinity, at: 0 };
  for (let i = 0; i + 1 < points.length; i++) {
    const t = nearestOnSegment(points[i], points[i + 1], x, y);
    const [px, py] = [lerp(points[i].x, points[i + 1].x, t), lerp(points[i].y, points[i + 1].y, t)];
    const distance = Math.hypot(x - px, y - py);
    if (distance < nearest.distance) nearest = { distance, at: i + t };
  }
  return nearest;
}

/** @param {number} a @param {number} b @param {number} t */
const lerp = (a, b, t) => a + (b - a) * t;

/** @param {Point} a @param {Point} b @param {number} x @param {number} y @returns share of the way from a to b */
function nearestOnSegment(a, b, x, y) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const square = dx * dx + dy * dy;
  return square > 0 ? Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / square)) : 0;
}

/** @param {Point[]} polygon @param {number} x @param {number} y */
export function isInside(polygon, x, y) {
  let inside = false;
  polygon.forEach((a, index) => {
    const b = polygon[(index + 1) % polygon.length];
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside;
  });
  return inside;
}

/**
 * What the pointer takes: of the things it is on, the one of the lowest tier; on none, the nearest within reach.
 * Among equals the nearest wins, then the one listed last, which is drawn above.
 * @template T @param {Target<T>[]} targets @param {number} x @param {number} y @param {number} reach pixels
 * @returns {T | null}
 */
export function pick(targets, x, y, reach) {
  const near = targets
    .map((target) => ({ target, distance: distanceTo(target.shape, x, y) }))
    .filter(({ distance }) => distance <= reach)
    .reverse();
  const touched = near.filter(({ distance }) => distance === 0);
  const rank = touched.length ? touched : near;
  rank.sort((a, b) =>
    touched.length
      ? a.target.tier - b.target.tier || centerDistance(a.target.shape, x, y) - centerDistance(b.target.shape, x, y)
      : a.distance - b.distance || a.target.tier - b.target.tier,
  );
  return rank.length ? rank[0].target.item : null;
}

/** Tells which of two things on top of each other is meant. @param {Shape} shape @param {number} x @param {number} y */
const centerDistance = (shape, x, y) => (shape.kind === "disc" ? Math.hypot(x - shape.x, y - shape.y) : 0);

/** Whether a point lies in the rectangle between two corners. @param {Point} point @param {Point} a @param {Point} b */
export const inBox = (point, a, b) =>
  point.x >= Math.min(a.x, b.x) && point.x <= Math.max(a.x, b.x) &&
  point.y >= Math.min(a.y, b.y) && point.y <= Math.max(a.y, b.y);
