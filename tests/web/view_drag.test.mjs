// Handles: what they do when they are pulled, and how large they are.

import assert from "node:assert/strict";
import test from "node:test";

import { quatFromAxisAngleDeg, quatRotate } from "../../web/math/rotation.mjs";
import { add, cross, distance, dot, normalize, scale, subtract } from "../../web/math/vec.mjs";
import { projectionOf, zoomAbout } from "../../web/view/camera.mjs";
import { pull, snapAim, snapTo } from "../../web/view/drag.mjs";
import { SIZES, WORLD_AXES, cameraAxes, gizmoScale, layoutGizmo } from "../../web/view/gizmo.mjs";
import { gizmoPrimitives } from "../../web/view/paintGizmo.mjs";
import { nearestOnAxis, rayThrough, toScreen } from "../../web/view/project.mjs";
import { eventOf } from "../../web/view/pulls.mjs";
import { themeOf } from "../../web/view/theme.mjs";
import { assertClose } from "./kit.mjs";
import { PROJECTIONS, SIZE, VIEWS, arcDocument } from "./viewKit.mjs";

/** @type {import("../../web/math/vec.mjs").Vec3} */
const ORIGIN = [0.2, -0.1, 0.4];
const KEYS = /** @type {import("../../web/view/gizmo.mjs").Gizmo} */ ({ of: "keys", origin: ORIGIN, axes: WORLD_AXES, forward: null, up: null, aim: null, grow: 1 });
const KEY = /** @type {import("../../web/view/gizmo.mjs").Gizmo} */ ({
  of: "key", origin: ORIGIN, axes: WORLD_AXES, forward: normalize([0.2, 0.1, 1]), up: [0, -1, 0], aim: [0, 0, 1], grow: 1,
});

/** @param {any} gizmo @param {any} projection @param {string} id */
const handleOf = (gizmo, projection, id) => layoutGizmo(gizmo, projection).find((handle) => handle.id === id);

/** @param {any} handle a pixel on it */
const onHandle = ({ shape }) => (shape.kind === "disc" ? shape : shape.points[Math.floor(shape.points.length / 2)]);

/** A pull of a handle by some pixels. @param {any} gizmo @param {any} projection @param {string} id @param {number} dx @param {number} dy @param {any} [snap] @param {any} [constraint] */
function pulled(gizmo, projection, id, dx, dy, snap = null, constraint = null) {
  const handle = handleOf(gizmo, projection, id);
  assert.ok(handle, id);
  const from = onHandle(handle);
  const to = { x: from.x + dx, y: from.y + dy };
  return { change: /** @type {any} */ (pull({ handle, gizmo, projection, from }, to, snap, constraint, 0)), from, to, handle };
}

test("an axis handle moves along its axis, to the point nearest to the pointer's ray", () => {
  for (const projection of PROJECTIONS) {
    for (const handle of layoutGizmo(KEYS, projection).filter(({ kind }) => kind === "axis")) {
      const { change, from, to } = pulled(KEYS, projection, handle.id, 37, -22);
      assertClose(cross(change.translation, handle.vector), [0, 0, 0], 1e-9);
      const [start, end] = [from, to].map(({ x, y }) => nearestOnAxis(rayThrough(projection, x, y), ORIGIN, handle.vector));
      assertClose([dot(change.translation, handle.vector)], [end - start]);
    }
  }
});

test("pulled along its own line on the screen, an axis handle stays under the pointer", () => {
  for (const projection of PROJECTIONS) {
    for (const { id, vector, shape } of layoutGizmo(KEYS, projection).filter(({ kind }) => kind === "axis")) {
      const target = toScreen(projection, add(ORIGIN, scale(vector, 0.3)));
      const from = toScreen(projection, add(ORIGIN, scale(vector, 0.05)));
      const handle = handleOf(KEYS, projection, id);
      if (!target || !from) continue; // before the near plane of the closest view
      assert.equal(shape.kind, "line");
      const change = /** @type {any} */ (pull({ handle, gizmo: KEYS, projection, from }, target, null, null, 0));
      assertClose(change.translation, scale(vector, 0.25), 1e-7);
    }
  }
});

test("a plane handle stays on its plane, and what was taken stays under the pointer", () => {
  for (const projection of PROJECTIONS) {
    for (const { id, vector } of layoutGizmo(KEYS, projection).filter(({ kind }) => kind === "plane")) {
      const { change, from, to } = pulled(KEYS, projection, id, 25, 18);
      assertClose([dot(change.translation, vector)], [0], 1e-9);
      const ray = rayThrough(projection, from.x, from.y);
      const reach = dot(subtract(ORIGIN, ray.origin), vector) / dot(ray.direction, vector);
      const seen = toScreen(projection, add(add(ray.origin, scale(ray.direction, reach)), change.translation));
      assertClose([seen.x, seen.y], [to.x, to.y], 1e-6);
    }
  }
});

test("the free handle stays under the pointer, at its own depth", () => {
  for (const projection of PROJECTIONS) {
    const { change, to } = pulled(KEY, projection, "free", -61, 44);
    const seen = toScreen(projection, add(ORIGIN, change.translation));
    assertClose([seen.x, seen.y], [to.x, to.y], 1e-7);
    assertClose([dot(change.translation, projection.forward)], [0]);
  }
});

test("a free move under a constraint is the move of that axis or plane", () => {
  const projection = PROJECTIONS[0];
  const { change } = pulled(KEY, projection, "free", 40, 10, null, "z");
  assertClose([change.translation[0], change.translation[1]], [0, 0]);
  assert.deepEqual(pulled(KEY, projection, "free", 40, 10, null, "xz").change.along, [0, 2]);
  assertClose([pulled(KEY, projection, "free", 40, 10, null, "xz").change.translation[1]], [0]);
});

test("snapped moves end on multiples of the step, along the moved axes only", () => {
  const snap = { position: 0.25, degrees: 15, scale: 0.1 };
  const { change } = pulled(KEYS, PROJECTIONS[0], "axis:x", 50, 20, snap);
  const x = ORIGIN[0] + change.translation[0];
  assertClose([x], [snapTo(x, 0.25)]);
  assertClose([change.translation[1], change.translation[2]], [0, 0]);
});

test("handles keep their size on the screen at any zoom", () => {
  const lengths = VIEWS.flatMap((view) => [0.2, 1, 5].map((factor) => {
    const projection = projectionOf(zoomAbout({ ...view, perspective: false }, factor, ORIGIN), SIZE);
    const flat = { ...KEYS, axes: /** @type {any} */ ([projection.right, scale(projection.down, -1), projection.forward]) };
    const handle = /** @type {any} */ (handleOf(flat, projection, "axis:x"));
    return Math.hypot(handle.shape.points[1].x - handle.shape.points[0].x, handle.shape.points[1].y - handle.shape.points[0].y);
  }));
  assertClose(lengths, lengths.map(() => SIZES.arrow - SIZES.arrowStart), 1e-6);
});

test("handles shrink on a canvas of 360 pixels, and arrows that point at the viewer go away", () => {
  const small = projectionOf(VIEWS[0], { width: 360, height: 260 });
  assert.ok(gizmoScale(small, KEYS) < 0.75);
  assert.ok(gizmoScale(small, { ...KEYS, grow: 1.3 }) > gizmoScale(small, KEYS));
  const top = PROJECTIONS[3];
  assert.equal(handleOf(KEYS, top, "axis:y"), undefined);
  assert.ok(handleOf(KEYS, top, "axis:x") && handleOf(KEYS, top, "axis:z"));
});

test("a ring that faces the viewer turns by the angle that the pointer goes round it", () => {
  const top = PROJECTIONS[3];
  const handle = handleOf(KEYS, top, "turn:y");
  const center = toScreen(top, ORIGIN);
  const at = (/** @type {number} */ deg) => ({ x: center.x + 90 * Math.cos((deg * Math.PI) / 180), y: center.y + 90 * Math.sin((deg * Math.PI) / 180) });
  const grip = { handle, gizmo: KEYS, projection: top, from: at(0) };
  const change = /** @type {any} */ (pull(grip, at(30), null, null, 0));
  // From above, clockwise on the screen is a positive turn about down, and the handle's axis points up.
  assertClose([change.degrees], [-30]);
  const start = subtract(add(ORIGIN, [1, 0, 0]), ORIGIN);
  const turned = quatRotate(quatFromAxisAngleDeg(change.axis, change.degrees), start);
  const seen = toScreen(top, add(ORIGIN, turned));
  assertClose([Math.atan2(seen.y - center.y, seen.x - center.x)], [Math.PI / 6]);
});

test("turning goes on past half a turn and past a whole one", () => {
  const top = PROJECTIONS[3];
  const handle = handleOf(KEYS, top, "turn:y");
  const center = toScreen(top, ORIGIN);
  const at = (/** @type {number} */ deg) => ({ x: center.x + 90 * Math.cos((deg * Math.PI) / 180), y: center.y - 90 * Math.sin((deg * Math.PI) / 180) });
  let degrees = 0;
  for (let angle = 0; angle <= 400; angle += 20) {
    degrees = /** @type {any} */ (pull({ handle, gizmo: KEYS, projection: top, from: at(0) }, at(angle), null, null, degrees)).degrees;
  }
  assertClose([degrees], [400], 1e-6);
});

test("a ring seen from its side follows the pointer and snaps to whole steps", () => {
  const side = PROJECTIONS[4];
  const roll = { ...KEY, forward: /** @type {any} */ ([0, 0, 1]) };
  const { change } = pulled(roll, side, "roll", 0, 40, { position: 1, degrees: 15, scale: 0.1 });
  assert.equal(change.kind, "roll");
  assert.equal(Math.abs(change.degrees % 15), 0);
  assert.notEqual(change.degrees, 0);
});

test("of a roll ring seen from its side only the knob is left, which is still pulled", () => {
  const look = (/** @type {number} */ degrees) => {
    const along = quatRotate(quatFromAxisAngleDeg([0, 1, 0], degrees), [1, 0, 0]);
    const projection = projectionOf({ ...VIEWS[0], yaw: 0, pitch: 0, perspective: false }, SIZE);
    const gizmo = { ...KEY, forward: along, up: /** @type {any} */ ([0, -1, 0]) };
    return { gizmo, projection, handle: /** @type {any} */ (handleOf(gizmo, projection, "roll")) };
  };
  const [side, slanted, turned] = [look(0), look(10), look(60)];
  assert.deepEqual([side.handle.shape.kind, slanted.handle.shape.kind, turned.handle.shape.kind], ["disc", "line", "line"]);
  assert.ok(side.handle.visible === 0 && slanted.handle.visible > 0 && slanted.handle.visible < 1 && turned.handle.visible === 1);
  const { x, y } = toScreen(side.projection, ORIGIN);
  assertClose([Math.hypot(side.handle.shape.x - x, side.handle.shape.y - y)], [SIZES.ring], 1e-6);
  const styling = { ...side, theme: themeOf([32, 32, 32], [220, 220, 220]), hot: null };
  assert.deepEqual(gizmoPrimitives([side.handle], styling).map(({ kind }) => kind), ["disc"]);
  assert.deepEqual(gizmoPrimitives([turned.handle], { ...styling, ...turned }).map(({ kind }) => kind), ["path", "disc"]);
  assert.notEqual(pulled(side.gizmo, side.projection, "roll", 25, 25).change.degrees, 0);
});

test("pulling the roll ring clockwise around a camera seen from behind rolls it clockwise", () => {
  const front = projectionOf({ ...VIEWS[0], yaw: 0, pitch: 0 }, SIZE);
  const behind = { ...KEY, forward: /** @type {any} */ ([0, 0, 1]) };
  const handle = handleOf(behind, front, "roll");
  const center = toScreen(front, ORIGIN);
  const from = { x: center.x, y: center.y - 90 };
  const change = /** @type {any} */ (pull({ handle, gizmo: behind, projection: front, from }, { x: center.x + 40, y: center.y - 80 }, null, null, 0));
  assert.ok(change.degrees > 20 && change.degrees < 35, `${change.degrees}`);
});

test("the scale handle at twice its distance doubles, and never turns things inside out", () => {
  const { change, from } = pulled(KEYS, PROJECTIONS[0], "scale", 0, 0);
  assertClose([change.factor], [1]);
  const center = toScreen(PROJECTIONS[0], ORIGIN);
  assertClose([pulled(KEYS, PROJECTIONS[0], "scale", from.x - center.x, from.y - center.y).change.factor], [2]);
  assert.ok(pulled(KEYS, PROJECTIONS[0], "scale", center.x - from.x, center.y - from.y).change.factor > 0);
});

test("the aim handle stays under the pointer; snapped, heading and height are whole steps", () => {
  for (const projection of PROJECTIONS) {
    const { change, to } = pulled(KEY, projection, "aim", 33, -12);
    const seen = toScreen(projection, change.point);
    assertClose([seen.x, seen.y], [to.x, to.y], 1e-7);
  }
  const snapped = snapAim(ORIGIN, [0.9, -0.5, 1.3], 10);
  const [x, y, z] = normalize(subtract(snapped, ORIGIN));
  const angles = [Math.atan2(x, z), Math.asin(y)].map((angle) => (angle * 18) / Math.PI);
  assertClose(angles, angles.map(Math.round), 1e-9);
  assertClose([distance(snapped, ORIGIN)], [distance([0.9, -0.5, 1.3], ORIGIN)]);
});

test("near the horizon a plane handle moves far, but not without end", () => {
  const low = projectionOf({ ...VIEWS[0], pitch: 0.06 }, SIZE);
  const handle = { id: "plane:zx", kind: "plane", index: 1, vector: WORLD_AXES[1], shape: { kind: "polygon", points: [] }, tier: 2, visible: 1 };
  const from = toScreen(low, ORIGIN);
  const horizon = low.centerY - low.focal * Math.tan(0.06);
  const move = (/** @type {number} */ y) => /** @type {any} */ (pull({ handle: /** @type {any} */ (handle), gizmo: KEYS, projection: low, from }, { x: from.x, y }, null, null, 0)).translation;
  assert.ok(distance(move(horizon + 0.01), [0, 0, 0]) > 50);
  assert.ok(distance(move(horizon + 0.01), [0, 0, 0]) < 500);
  assert.deepEqual(move(horizon - 5), [0, 0, 0]); // above it the ray meets the plane nowhere
});

test("camera axes are the camera's own right, up and forward", () => {
  const rotation = quatFromAxisAngleDeg([0, 1, 0], 90);
  assertClose(cameraAxes({ position: [0, 0, 0], rotation, hfov_deg: 60 }).flat(), [0, 0, -1, 0, -1, 0, 1, 0, 0]);
});

test("each pull becomes the event that does just that", () => {
  const document = arcDocument();
  const move = eventOf({ kind: "move", translation: [1, 2, 3], along: [0] }, KEYS, document, [1, 2]);
  assert.deepEqual(move, { type: "transform", indexes: [1, 2], translation: [1, 2, 3] });
  assert.deepEqual(eventOf({ kind: "scale", factor: 2 }, KEYS, document, [1]), { type: "transform", indexes: [1], pivot: ORIGIN, scale: 2 });
  assert.deepEqual(eventOf({ kind: "roll", degrees: 5 }, KEY, document, [1]), { type: "roll", deg: 5 });
  const subject = /** @type {any} */ ({ ...KEY, of: "subject", origin: document.subject });
  const moved = eventOf({ kind: "move", translation: [0.5, 0, 0], along: [0] }, subject, document, []);
  assert.deepEqual(moved, { type: "set_path", patch: { subject: [0.5, 0, 1] } });
});
