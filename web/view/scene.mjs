// What a view of the document shows, from back to front. Pure: a scene in, primitives out.

import { samplePath } from "../math/path.mjs";
import { frameOf } from "./camera.mjs";
import { gridPlane, gridPrimitives, groundLevel } from "./grid.mjs";
import { planeCorners } from "./homography.mjs";
import { lengthText, subjectDistance } from "./options.mjs";
import { achievedPrimitives } from "./sceneAchieved.mjs";
import { curveOnScreen, pathPrimitives } from "./scenePath.mjs";
import {
  dropLines, keyDiscs, keyFrustums, keysInOrder, pictureOf, picturePrimitives, playheadPrimitives,
} from "./sceneCameras.mjs";
import { framePrimitives, maskPrimitives } from "./safeAreas.mjs";
import { compassPrimitives, subjectPrimitives } from "./sceneMarks.mjs";
import { drawPlane } from "./stroke.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./sceneAchieved.mjs").Overlay} Overlay */
/** @typedef {import("./options.mjs").ViewOptions} ViewOptions */

/**
 * What the pointer is on.
 * @typedef {{kind: "handle", id: string} | {kind: "key", index: number} | {kind: "subject"} | {kind: "path", frame:
 *   number} | {kind: "achieved", index: number} | {kind: "compass", view: "top" | "front" | "side"}} Hover
 */

/**
 * @typedef {object} Scene
 * @property {PathDocument} document
 * @property {number[]} selection
 * @property {number} playhead
 * @property {Projection} projection
 * @property {Vec3} target what the view is about
 * @property {number} focus its depth
 * @property {boolean} flat a front or side view, where the ground is a line
 * @property {boolean} throughCamera seen by the camera at the playhead, which is therefore not drawn
 * @property {number} ground y
 * @property {number} reach subject distance, scene units
 * @property {boolean} playing
 * @property {number} pixel of the screen, in CSS pixels
 * @property {boolean} hasPicture
 * @property {import("./stroke.mjs").DrawTool | null} drawTool whose plane is shown instead of the ground
 * @property {boolean} subjectActive its handles are shown
 * @property {Overlay | null} overlay
 * @property {Hover | null} hover
 * @property {import("./theme.mjs").Theme} theme
 * @property {ViewOptions} options
 */

/** @param {PathDocument} document */
export const groundOf = (document) => groundLevel(document.keys[0].position[1], subjectDistance(document));

/** What is behind the path and seldom changes while keys are moved. @param {Scene} scene @returns {Primitive[]} */
export function backdropPrimitives(scene) {
  const { projection, ground, theme, document, options, drawTool } = scene;
  const plane = drawTool ? drawPlane(drawTool, document) : gridPlane(projection, ground);
  const text = (/** @type {number} */ length) => lengthText(length, document, options);
  return [...gridPrimitives(projection, plane, scene.target, theme, text), ...picturePrimitives(scene)];
}

/**
 * All that the backdrop is made of, for telling whether it must be painted anew.
 * @param {Scene} scene @returns {unknown[]}
 */
export function backdropValues({ projection, document, ground, target, theme, options, hasPicture, drawTool }) {
  const first = samplePath(document)[0];
  const { eye, forward, right, focal, centerX, centerY, perspective } = projection;
  return [
    ...eye, ...forward, ...right, focal, centerX, centerY, perspective, ...target, ground, theme, hasPicture, drawTool,
    options.positionUnit, ...first.position, ...first.rotation, first.hfov_deg, ...document.subject,
    document.width, document.height,
  ];
}

/**
 * What moves while the path plays: everything else can stay as it was painted.
 * @param {Scene} scene @returns {Primitive[]}
 */
export const playingPrimitives = (scene) => (scene.throughCamera ? [] : playheadPrimitives(scene));

/**
 * The path and all that belongs to it; without the playhead while it plays.
 * @param {Scene} scene @returns {Primitive[]}
 */
export function scenePrimitives(scene) {
  const order = keysInOrder(scene);
  return [
    ...(scene.throughCamera ? cameraFrame(scene) : []),
    ...dropLines(scene),
    ...achievedPrimitives(scene),
    ...pathPrimitives(scene, curveOnScreen(scene)),
    ...keyFrustums(scene, order),
    ...(scene.throughCamera || scene.playing ? [] : playheadPrimitives(scene)),
    ...subjectPrimitives(scene),
    ...keyDiscs(scene, order),
    ...(scene.options.compass === false ? [] : compassPrimitives(scene)),
  ];
}

/** @param {Scene} scene @returns {Primitive[]} */
function cameraFrame({ document, projection, theme, options, hasPicture }) {
  const frame = frameOf(document, projection);
  return [
    ...maskPrimitives(frame, projection, theme),
    ...framePrimitives(frame, theme, options.safeAreas ?? true, hasPicture),
  ];
}

/**
 * All that should be in the picture when the view is fitted.
 * @param {PathDocument} document @param {Vec3[]} path @param {Overlay | null} overlay @param {boolean} hasPicture
 * @returns {Vec3[]}
 */
export function pointsToSee(document, path, overlay, hasPicture) {
  const reach = 0.15 * subjectDistance(document);
  const around = [...path, ...(overlay?.achieved ?? []).map(({ position }) => position)].flatMap(([x, y, z]) => [
    /** @type {Vec3} */ ([x - reach, y - reach, z - reach]),
    /** @type {Vec3} */ ([x + reach, y + reach, z + reach]),
  ]);
  return [...around, document.subject, ...(hasPicture ? planeCorners(pictureOf(document)) : [])];
}
