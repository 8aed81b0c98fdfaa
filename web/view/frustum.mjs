// A camera as people draw one: a pyramid from the eye to its picture, with a tick on the side that is up.

import { quatRotate } from "../math/rotation.mjs";
import { add } from "../math/vec.mjs";
import { polygons, segments } from "./primitives.mjs";
import { pixelsPerUnit, polygonToScreen, segmentToScreen } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./project.mjs").ScreenPoint} ScreenPoint */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./primitives.mjs").Look} Look */

/** Pixels from the eye to the picture: large enough to read, small enough that forty fit. */
const [SMALLEST_PX, LARGEST_PX] = [17, 44];
/** As long as this share of the subject distance in between. */
const SHARE = 0.14;
/** Very wide lenses would open into a flat star. */
const MAX_HALF_WIDTH = 1.1;

/**
 * @param {Camera} camera @param {number} aspect width / height @param {number} depth scene units from the eye to the picture
 * @returns {{corners: Vec3[], tick: Vec3[]}} corners clockwise from the upper left, as the camera sees them
 */
export function frustumPoints(camera, aspect, depth) {
  const half = depth * Math.min(MAX_HALF_WIDTH, Math.tan((camera.hfov_deg * Math.PI) / 360));
  const halfHeight = half / aspect;
  /** @param {number} x @param {number} y @returns {Vec3} */
  const at = (x, y) => add(camera.position, quatRotate(camera.rotation, [x, y, depth]));
  const wide = Math.min(half, halfHeight) * 0.5;
  return {
    corners: [at(-half, -halfHeight), at(half, -halfHeight), at(half, halfHeight), at(-half, halfHeight)],
    tick: [at(-wide, -halfHeight * 1.12), at(wide, -halfHeight * 1.12), at(0, -halfHeight * 1.12 - wide)],
  };
}

/**
 * Scene units from the eye to the picture, so that it reads at any zoom.
 * @param {Projection} projection @param {Vec3} position @param {number} subjectDistance @param {number} [size] factor
 */
export function frustumDepth(projection, position, subjectDistance, size = 1) {
  const perUnit = pixelsPerUnit(projection, position);
  return (size * Math.min(LARGEST_PX, Math.max(SMALLEST_PX, SHARE * subjectDistance * perUnit))) / perUnit;
}

/**
 * A frustum on the screen.
 * @typedef {{edges: number[], frame: ScreenPoint[], tick: ScreenPoint[]}} FrustumShape edges as segments
 */

/**
 * @param {Projection} projection @param {Camera} camera @param {number} aspect @param {number} depth
 * @returns {FrustumShape}
 */
export function frustumShape(projection, camera, aspect, depth) {
  const { corners, tick } = frustumPoints(camera, aspect, depth);
  const edges = corners.flatMap((corner) => {
    const edge = segmentToScreen(projection, camera.position, corner);
    return edge ? [edge[0].x, edge[0].y, edge[1].x, edge[1].y] : [];
  });
  return { edges, frame: polygonToScreen(projection, corners), tick: polygonToScreen(projection, tick) };
}

/** Several of one look. @param {FrustumShape[]} shapes @param {Look} look @returns {Primitive[]} */
export function frustumPrimitives(shapes, look) {
  const { fill, fillAlpha, ...line } = look;
  return [
    segments(shapes.flatMap(({ edges }) => edges), line),
    polygons(shapes.map(({ frame }) => frame), look),
    polygons(shapes.map(({ tick }) => tick), { ...line, fill: look.color }),
  ];
}
