// The view's own camera: it orbits about a target. All functions are pure and return new values.
// yaw 0, pitch 0 looks along +z as a first camera does; a positive yaw looks to the right, a positive pitch downwards.

import { focalFromFov } from "../math/lens.mjs";
import { quatRotate } from "../math/rotation.mjs";
import { add, cross, dot, lerp, scale, subtract } from "../math/vec.mjs";
import { toScreen, unproject } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("../math/path.mjs").Camera} Camera */

/**
 * Angles in radians, `distance` from the eye to the target in scene units.
 * @typedef {{target: Vec3, yaw: number, pitch: number, distance: number, perspective: boolean}} ViewCamera
 */
/** @typedef {"top" | "front" | "side" | "perspective"} StandardView */
/** @typedef {{width: number, height: number}} Size CSS pixels */
/** @typedef {{x: number, y: number, width: number, height: number}} Rect */

/** Full angle across the shorter side of the canvas: long enough that boxes do not look bent. */
const VIEW_FOV_DEG = 38;
const RADIANS_PER_PIXEL = 0.0075;
const MAX_PITCH = Math.PI / 2;
/** Share of the distance before which nothing is drawn. */
const NEAR_SHARE = 0.01;
/** Around the frame of a camera's picture, pixels and share of the canvas: what is about to come in shows there. */
const [FRAME_MARGIN, FRAME_MARGIN_SHARE] = [14, 0.05];
const [MIN_DISTANCE, MAX_DISTANCE] = [1e-4, 1e6];

/** @type {Record<StandardView, {yaw: number, pitch: number, perspective: boolean}>} */
const STANDARD_VIEWS = {
  top: { yaw: 0, pitch: Math.PI / 2, perspective: false },
  front: { yaw: 0, pitch: 0, perspective: false },
  side: { yaw: -Math.PI / 2, pitch: 0, perspective: false },
  perspective: { yaw: -0.65, pitch: 0.42, perspective: true },
};

/** @type {ViewCamera} */
export const START_VIEW = { target: [0, 0, 0.5], distance: 4, ...STANDARD_VIEWS.perspective };

/** @param {ViewCamera} view @returns {{right: Vec3, down: Vec3, forward: Vec3}} unit, in the world */
export function viewAxes({ yaw, pitch }) {
  /** @type {Vec3} */
  const forward = [Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), Math.cos(yaw) * Math.cos(pitch)];
  /** @type {Vec3} */
  const right = [Math.cos(yaw), 0, -Math.sin(yaw)];
  return { right, down: cross(forward, right), forward };
}

/**
 * Both projections draw things at the target equally large.
 * @param {ViewCamera} view @param {Size} size @returns {Projection}
 */
export function projectionOf(view, { width, height }) {
  const axes = viewAxes(view);
  const focal = focalFromFov(VIEW_FOV_DEG, Math.min(width, height));
  const { perspective, distance } = view;
  return {
    ...axes,
    perspective,
    eye: subtract(view.target, scale(axes.forward, distance)),
    focal: perspective ? focal : focal / distance,
    centerX: width / 2,
    centerY: height / 2,
    width,
    height,
    near: perspective ? distance * NEAR_SHARE : -1e9,
  };
}

/**
 * The near side of the scene follows the pointer.
 * @param {ViewCamera} view @param {number} dx pixels @param {number} dy @returns {ViewCamera}
 */
export function orbit(view, dx, dy) {
  const pitch = Math.min(MAX_PITCH, Math.max(-MAX_PITCH, view.pitch + dy * RADIANS_PER_PIXEL));
  return { ...view, yaw: view.yaw + dx * RADIANS_PER_PIXEL, pitch, perspective: true };
}

/**
 * Moves the scene with the pointer: what is at the target's depth stays under it.
 * @param {ViewCamera} view @param {number} dx pixels @param {number} dy @param {Size} size @returns {ViewCamera}
 */
export function pan(view, dx, dy, size) {
  const { right, down } = viewAxes(view);
  const perPixel = view.distance / focalFromFov(VIEW_FOV_DEG, Math.min(size.width, size.height));
  const move = add(scale(right, -dx * perPixel), scale(down, -dy * perPixel));
  return { ...view, target: add(view.target, move) };
}

/**
 * Brings `point` nearer (factor < 1) or farther and leaves it at its pixel.
 * @param {ViewCamera} view @param {number} factor @param {Vec3} point @returns {ViewCamera}
 */
export function zoomAbout(view, factor, point) {
  const distance = Math.min(MAX_DISTANCE, Math.max(MIN_DISTANCE, view.distance * factor));
  return { ...view, distance, target: lerp(point, view.target, distance / view.distance) };
}

/**
 * The point at the target's depth that is drawn at a pixel.
 * @param {ViewCamera} view @param {number} x @param {number} y @param {Size} size @returns {Vec3}
 */
export const pointAtTargetDepth = (view, x, y, size) =>
  unproject(projectionOf(view, size), x, y, view.distance);

/** @param {ViewCamera} view @param {StandardView} name @returns {ViewCamera} */
export const standardView = (view, name) => ({ ...view, ...STANDARD_VIEWS[name] });

/**
 * The same direction, with all points inside a room of the canvas less `margin` pixels on each side.
 * @param {ViewCamera} view @param {Vec3[]} points at least one @param {Size} size of the canvas @param {number} margin
 * @param {Rect} [room] the whole canvas, unless something lies over parts of it @returns {ViewCamera}
 */
export function fit(view, points, size, margin, room = { x: 0, y: 0, ...size }) {
  const inner = { width: Math.max(1, room.width - 2 * margin), height: Math.max(1, room.height - 2 * margin) };
  const middle = { x: room.x + room.width / 2, y: room.y + room.height / 2 };
  let fitted = aimedAtMiddle(view, points);
  // With perspective the middle of the picture is not the middle of the box; a few rounds settle it.
  for (let round = 0; round < 4; round++) {
    fitted = { ...fitted, distance: distanceToSee(fitted, points, inner, size) };
    fitted = centered(fitted, points, size, { x: size.width / 2, y: size.height / 2 });
  }
  return centered(fitted, points, size, middle);
}

/**
 * Parts of a canvas that nothing lies over: beside, above or below each thing.
 * @param {Size} size @param {Rect[]} covered @returns {Rect[]} at least one
 */
export function freeRooms(size, covered) {
  const whole = [{ x: 0, y: 0, ...size }];
  const rooms = covered.reduce((all, thing) => all.flatMap((room) => sidesOf(room, thing)), whole);
  const wide = rooms.filter(({ width, height }) => width > size.width / 4 && height > size.height / 4);
  return wide.length ? wide : whole;
}

/** @param {Rect} room @param {Rect} thing @returns {Rect[]} */
function sidesOf(room, { x, y, width, height }) {
  const [right, bottom] = [room.x + room.width, room.y + room.height];
  if (x >= right || y >= bottom || x + width <= room.x || y + height <= room.y) return [room];
  return [
    { ...room, width: x - room.x },
    { ...room, x: x + width, width: right - x - width },
    { ...room, height: y - room.y },
    { ...room, y: y + height, height: bottom - y - height },
  ];
}

/** @param {ViewCamera} view @param {Vec3[]} points @returns {ViewCamera} */
function aimedAtMiddle(view, points) {
  /** @param {0 | 1 | 2} i */
  const middle = (i) => {
    const values = points.map((point) => point[i]);
    return (Math.min(...values) + Math.max(...values)) / 2;
  };
  return { ...view, target: [middle(0), middle(1), middle(2)] };
}

/** @param {ViewCamera} view @param {Vec3[]} points @param {Size} inner @param {Size} size */
function distanceToSee(view, points, inner, size) {
  const focal = focalFromFov(VIEW_FOV_DEG, Math.min(size.width, size.height));
  const { right, down, forward } = viewAxes(view);
  const needed = points.map((point) => {
    const offset = subtract(point, view.target);
    const across = Math.max(
      (2 * Math.abs(dot(right, offset))) / inner.width,
      (2 * Math.abs(dot(down, offset))) / inner.height,
    );
    return across * focal - (view.perspective ? dot(forward, offset) : 0);
  });
  return Math.min(MAX_DISTANCE, Math.max(MIN_DISTANCE, 1e-3, ...needed));
}

/**
 * @param {ViewCamera} view @param {Vec3[]} points @param {Size} size @param {{x: number, y: number}} middle
 * @returns {ViewCamera}
 */
function centered(view, points, size, middle) {
  const projection = projectionOf(view, size);
  const pixels = points.flatMap((point) => toScreen(projection, point) ?? []);
  if (pixels.length === 0) return view;
  const [xs, ys] = [pixels.map(({ x }) => x), pixels.map(({ y }) => y)];
  const dx = middle.x - (Math.min(...xs) + Math.max(...xs)) / 2;
  const dy = middle.y - (Math.min(...ys) + Math.max(...ys)) / 2;
  return pan(view, dx, dy, size);
}

/**
 * From one view to another, u in 0..1; the shorter way round.
 * @param {ViewCamera} from @param {ViewCamera} to @param {number} u @returns {ViewCamera}
 */
export function between(from, to, u) {
  const turn = Math.PI * 2;
  const yaw = ((((to.yaw - from.yaw) % turn) + 1.5 * turn) % turn) - turn / 2;
  return {
    target: lerp(from.target, to.target, u),
    yaw: from.yaw + u * yaw,
    pitch: from.pitch + u * (to.pitch - from.pitch),
    distance: from.distance * (to.distance / from.distance) ** u,
    perspective: u < 1 ? from.perspective || to.perspective : to.perspective,
  };
}

/**
 * The largest rectangle of an aspect (width / height) in the middle of a canvas.
 * @param {number} aspect @param {Size} size @param {number} margin @returns {Rect}
 */
export function frameRect(aspect, size, margin) {
  const [roomX, roomY] = [Math.max(1, size.width - 2 * margin), Math.max(1, size.height - 2 * margin)];
  const width = Math.min(roomX, roomY * aspect);
  const height = width / aspect;
  return { x: (size.width - width) / 2, y: (size.height - height) / 2, width, height };
}

/**
 * Where the picture of a document's camera is drawn on a canvas.
 * @param {Size} picture @param {Size} size @returns {Rect}
 */
export const frameOf = ({ width, height }, size) =>
  frameRect(width / height, size, Math.min(FRAME_MARGIN, FRAME_MARGIN_SHARE * Math.min(size.width, size.height)));

/**
 * What a camera of the document sees, its picture drawn into `frame`.
 * @param {Camera} camera @param {Rect} frame @param {Size} size @param {number} near @returns {Projection}
 */
export function projectionOfCamera(camera, frame, size, near) {
  return {
    perspective: true,
    eye: camera.position,
    right: quatRotate(camera.rotation, [1, 0, 0]),
    down: quatRotate(camera.rotation, [0, 1, 0]),
    forward: quatRotate(camera.rotation, [0, 0, 1]),
    focal: focalFromFov(camera.hfov_deg, frame.width),
    centerX: frame.x + frame.width / 2,
    centerY: frame.y + frame.height / 2,
    width: size.width,
    height: size.height,
    near,
  };
}

/**
 * A view of one's own from where a camera of the document stands, to go on from when the person turns the view. What
 * lies `focus` scene units ahead keeps its size.
 * @param {Projection} projection of that camera @param {number} focus @returns {ViewCamera}
 */
export function viewFromProjection(projection, focus) {
  const [x, y, z] = projection.forward;
  const own = focalFromFov(VIEW_FOV_DEG, Math.min(projection.width, projection.height));
  return {
    target: add(projection.eye, scale(projection.forward, focus)),
    yaw: Math.atan2(x, z),
    pitch: Math.asin(Math.min(1, Math.max(-1, y))),
    distance: (focus * own) / projection.focal,
    perspective: true,
  };
}
