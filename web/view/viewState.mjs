// What a scene view knows beyond the document, and the scene and the handles that follow from both. Pure.

import { cameraAt, samplePath } from "../math/path.mjs";
import { quatRotate } from "../math/rotation.mjs";
import { add, distance, scale } from "../math/vec.mjs";
import { frameOf, projectionOf, projectionOfCamera } from "./camera.mjs";
import { GROW_FOR_TOUCH, WORLD_AXES, cameraAxes } from "./gizmo.mjs";
import { subjectDistance } from "./options.mjs";
import { groundOf } from "./scene.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../editor/reduce.mjs").EditorState} EditorState */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./camera.mjs").ViewCamera} ViewCamera */
/** @typedef {import("./camera.mjs").Size} Size */
/** @typedef {import("./gizmo.mjs").Gizmo} Gizmo */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./options.mjs").ViewOptions} ViewOptions */
/** @typedef {import("./scene.mjs").Scene} Scene */

/**
 * A handle being pulled: its id, what it moves along, and the words beside the pointer.
 * @typedef {{handle: string, along: number[], pointer: Point, text: string, aim: Vec3 | null}} Pulling
 */

/**
 * @typedef {object} ViewState
 * @property {ViewCamera} camera
 * @property {boolean} through the scene is seen by the camera at the playhead instead
 * @property {import("./scene.mjs").Hover | null} hover
 * @property {Point | null} pointer while it hovers
 * @property {boolean} touch the last press was a finger's
 * @property {boolean} subjectActive
 * @property {"world" | "camera"} space of the handles' axes
 * @property {import("./drag.mjs").Constraint} constraint
 * @property {Pulling | null} pulling
 * @property {{from: Point, to: Point} | null} box
 * @property {Point[] | null} stroke
 */

/** @param {ViewCamera} camera @returns {ViewState} */
export const startState = (camera) => ({
  camera,
  through: false,
  hover: null,
  pointer: null,
  touch: false,
  subjectActive: false,
  space: "world",
  constraint: null,
  pulling: null,
  box: null,
  stroke: null,
});

const NEAR_SHARE = 0.002;

/** @param {EditorState} editor @param {Size} size */
export function throughPlayhead({ document, playhead }, size) {
  const near = NEAR_SHARE * subjectDistance(document);
  return projectionOfCamera(cameraAt(document, playhead), frameOf(document, size), size, near);
}

/**
 * @param {ViewState} view @param {EditorState} editor @param {Size} size
 * @param {Pick<Scene, "theme" | "options" | "overlay" | "hasPicture" | "pixel">} rest @returns {Scene}
 */
export function sceneOf(view, editor, size, rest) {
  const { document, selection, playhead, playing, tool } = editor;
  const projection = view.through ? throughPlayhead(editor, size) : projectionOf(view.camera, size);
  const reach = subjectDistance(document);
  const target = view.through ? document.subject : view.camera.target;
  return {
    ...rest,
    document,
    selection,
    playhead,
    playing,
    projection,
    target,
    focus: distance(projection.eye, target) || reach,
    flat: !projection.perspective && Math.abs(projection.forward[1]) < 0.4,
    throughCamera: view.through,
    drawTool: tool === "select" ? null : tool,
    ground: groundOf(document),
    reach,
    subjectActive: view.subjectActive,
    hover: view.hover,
  };
}

/**
 * The handles of what is selected; none while a tool draws.
 * @param {ViewState} view @param {EditorState} editor @param {ViewOptions} options @returns {Gizmo | null}
 */
export function gizmoOf(view, editor, options) {
  const { document, selection, tool } = editor;
  if (tool !== "select") return null;
  const grow = view.touch ? GROW_FOR_TOUCH : 1;
  const plain = { forward: null, up: null, aim: null, grow };
  if (view.subjectActive) return { of: "subject", origin: document.subject, axes: WORLD_AXES, ...plain };
  const first = document.keys[selection[0]];
  if (!first) return null;
  const axes = view.space === "camera" ? cameraAxes(first) : WORLD_AXES;
  if (selection.length > 1) return { of: "keys", origin: pivotOf(document, selection, options), axes, ...plain };
  return { of: "key", origin: first.position, axes, grow, ...cameraParts(document, first, view) };
}

/** @param {PathDocument} document @param {import("../editor/document.mjs").Key} key @param {ViewState} view */
function cameraParts(document, key, view) {
  const forward = quatRotate(key.rotation, [0, 0, 1]);
  const reach = distance(key.position, document.subject) || subjectDistance(document);
  // While the aim is pulled it stays under the pointer, wherever the camera can turn to.
  const aim = view.pulling?.aim ?? add(key.position, scale(forward, reach));
  return { forward, up: quatRotate(key.rotation, [0, -1, 0]), aim };
}

/** @param {PathDocument} document @param {number[]} selection @param {ViewOptions} options @returns {Vec3} */
function pivotOf(document, selection, { pivot = "center" }) {
  if (pivot === "subject") return document.subject;
  const points = selection.map((index) => document.keys[index].position);
  if (pivot === "first") return points[0];
  return scale(points.reduce(add), 1 / points.length);
}

/** @param {PathDocument} document @returns {Vec3[]} */
export const pathPoints = (document) => samplePath(document).map(({ position }) => position);
