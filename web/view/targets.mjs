// Everything in a scene that the pointer can take, with its shape on the screen.

import { layoutGizmo } from "./gizmo.mjs";
import { nearestOnLine } from "./hit.mjs";
import { toScreen } from "./project.mjs";
import { DISC_PX, keysInOrder } from "./sceneCameras.mjs";
import { SUBJECT_PX, compassLayout } from "./sceneMarks.mjs";
import { curveOf, curveOnScreen } from "./scenePath.mjs";

/** @typedef {import("./scene.mjs").Scene} Scene */
/** @typedef {import("./scene.mjs").Hover} Hover */
/** @typedef {import("./gizmo.mjs").Gizmo} Gizmo */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./hit.mjs").Target<Hover>} SceneTarget */

/** Handles come first, then keys, the subject, and the path beneath them all. */
const TIER = { compass: 0, handle: 1, key: 5, subject: 6, path: 9, achieved: 10 };

/** Those drawn above last. @param {Scene} scene @param {Gizmo | null} gizmo @returns {SceneTarget[]} */
export function targetsOf(scene, gizmo) {
  return [
    ...achievedTargets(scene),
    ...pathTargets(scene),
    ...subjectTargets(scene),
    ...keyTargets(scene),
    ...(gizmo ? handleTargets(scene, gizmo) : []),
    ...(scene.options.compass === false ? [] : compassTargets(scene)),
  ];
}

/** @param {Scene} scene @returns {SceneTarget[]} */
function pathTargets(scene) {
  const points = curveOnScreen(scene).flatMap((point) => point ?? []);
  if (points.length < 2) return [];
  return [{ item: { kind: "path", frame: 0 }, shape: { kind: "line", points, halfWidth: 1 }, tier: TIER.path }];
}

/** @param {Scene} scene @returns {SceneTarget[]} */
function achievedTargets({ overlay, projection }) {
  const points = (overlay?.achieved ?? []).flatMap(({ position }) => toScreen(projection, position) ?? []);
  if (points.length < 2) return [];
  return [{ item: { kind: "achieved", index: 0 }, shape: { kind: "line", points, halfWidth: 1 }, tier: TIER.achieved }];
}

/** The frame of the achieved path that is drawn nearest to a pixel. @param {Scene} scene @param {Point} pointer */
export function achievedAt({ overlay, projection }, { x, y }) {
  const seen = (overlay?.achieved ?? []).map(({ position }) => toScreen(projection, position));
  const distances = seen.map((point) => (point ? Math.hypot(point.x - x, point.y - y) : Infinity));
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}

/** The whole frame of the path that is drawn nearest to a pixel. @param {Scene} scene @param {Point} pointer */
export function frameAt(scene, { x, y }) {
  const { perFrame } = curveOf(scene.document);
  const onScreen = curveOnScreen(scene);
  const indexes = onScreen.flatMap((point, index) => (point ? [index] : []));
  const points = onScreen.flatMap((point) => point ?? []);
  const { at } = nearestOnLine(points, x, y);
  const index = indexes[Math.round(at)] ?? 0;
  return Math.min(scene.document.frames - 1, Math.round(index / perFrame));
}

/** @param {Scene} scene @returns {SceneTarget[]} */
function subjectTargets({ document, projection }) {
  const point = toScreen(projection, document.subject);
  if (!point) return [];
  const shape = /** @type {const} */ ({ kind: "disc", x: point.x, y: point.y, radius: SUBJECT_PX + 3 });
  return [{ item: { kind: "subject" }, shape, tier: TIER.subject }];
}

/** @param {Scene} scene @returns {SceneTarget[]} */
function keyTargets(scene) {
  return keysInOrder(scene).flatMap((index) => {
    const point = toScreen(scene.projection, scene.document.keys[index].position);
    if (!point) return [];
    const radius = scene.selection.includes(index) ? DISC_PX.selected : DISC_PX.key;
    const shape = /** @type {const} */ ({ kind: "disc", x: point.x, y: point.y, radius });
    return [{ item: /** @type {Hover} */ ({ kind: "key", index }), shape, tier: TIER.key }];
  });
}

/** @param {Scene} scene @param {Gizmo} gizmo @returns {SceneTarget[]} */
const handleTargets = (scene, gizmo) =>
  layoutGizmo(gizmo, scene.projection).map(({ id, shape, tier }) => ({
    item: { kind: "handle", id },
    shape,
    tier: TIER.handle + tier,
  }));

/** @param {Scene} scene @returns {SceneTarget[]} */
const compassTargets = ({ projection }) =>
  compassLayout(projection).ends.map(({ view, x, y, radius }) => ({
    item: { kind: "compass", view },
    shape: { kind: "disc", x, y, radius: radius + 2 },
    tier: TIER.compass,
  }));
