// The source picture stands in the world as a plane: across the first camera's optical axis, at the subject's depth,
// just as large as that camera's frame there. A homography takes it from the picture to any view, exactly.

import { quatRotate } from "../math/rotation.mjs";
import { add, distance, dot, scale, subtract } from "../math/vec.mjs";
import { toView } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {import("./project.mjs").Projection} Projection */

/**
 * The picture's points are corner + u across + v below, u and v in 0..1.
 * @typedef {{corner: Vec3, across: Vec3, below: Vec3}} PicturePlane
 */

/**
 * Row by row: (u, v, 1) -> (x w, y w, w); w is the depth in scene units, x and y are pixels.
 * @typedef {number[]} Homography
 */

/** A subject less than this share of its distance before the camera is taken to be straight ahead. */
const MIN_DEPTH_SHARE = 0.05;

/**
 * How far the subject lies along the camera's optical axis; its distance where it lies beside or behind.
 * @param {Camera} camera @param {Vec3} subject
 */
export function subjectDepth(camera, subject) {
  const reach = distance(camera.position, subject);
  const depth = dot(quatRotate(camera.rotation, [0, 0, 1]), subtract(subject, camera.position));
  return (depth > reach * MIN_DEPTH_SHARE ? depth : reach) || 1;
}

/**
 * The camera's frame at a depth.
 * @param {Camera} camera @param {number} aspect width / height @param {number} depth scene units
 * @returns {PicturePlane}
 */
export function picturePlane(camera, aspect, depth) {
  const halfWidth = depth * Math.tan((camera.hfov_deg * Math.PI) / 360);
  const halfHeight = halfWidth / aspect;
  return {
    corner: add(camera.position, quatRotate(camera.rotation, [-halfWidth, -halfHeight, depth])),
    across: quatRotate(camera.rotation, [2 * halfWidth, 0, 0]),
    below: quatRotate(camera.rotation, [0, 2 * halfHeight, 0]),
  };
}

/** @param {PicturePlane} plane @param {number} u @param {number} v @returns {Vec3} */
export const pointOfPlane = (plane, u, v) =>
  add(plane.corner, add(scale(plane.across, u), scale(plane.below, v)));

/** Upper left, upper right, lower right, lower left. @param {PicturePlane} plane */
export const planeCorners = (plane) =>
  [[0, 0], [1, 0], [1, 1], [0, 1]].map(([u, v]) => pointOfPlane(plane, u, v));

/** @param {PicturePlane} plane @param {Projection} projection @returns {Homography} */
export function homographyOf(plane, projection) {
  const origin = toView(projection, plane.corner);
  const atU = toView(projection, add(plane.corner, plane.across));
  const atV = toView(projection, add(plane.corner, plane.below));
  const columns = [subtract(atU, origin), subtract(atV, origin), origin];
  const { perspective, focal, centerX, centerY } = projection;
  // Without perspective the weight is 1 everywhere.
  const weights = perspective ? columns.map((column) => column[2]) : [0, 0, 1];
  return [
    ...columns.map((column, i) => focal * column[0] + centerX * weights[i]),
    ...columns.map((column, i) => focal * column[1] + centerY * weights[i]),
    ...weights,
  ];
}

/**
 * @param {Homography} h @param {number} u @param {number} v
 * @returns {{x: number, y: number, w: number}} x and y hold where w > 0
 */
export function applyHomography(h, u, v) {
  const w = h[6] * u + h[7] * v + h[8];
  return { x: (h[0] * u + h[1] * v + h[2]) / w, y: (h[3] * u + h[4] * v + h[5]) / w, w };
}

/**
 * What of a picture is shown when it covers a frame of another aspect, as the sampler crops it.
 * @param {number} width @param {number} height @param {number} aspect of the frame
 * @returns {{x: number, y: number, width: number, height: number}} pixels of the picture
 */
export function coverCrop(width, height, aspect) {
  const shownWidth = Math.min(width, height * aspect);
  const shownHeight = Math.min(height, width / aspect);
  return {
    x: (width - shownWidth) / 2,
    y: (height - shownHeight) / 2,
    width: shownWidth,
    height: shownHeight,
  };
}
