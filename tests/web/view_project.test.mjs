// Projection and the view's own camera: what is drawn where, and what stays where when the view moves.

import assert from "node:assert/strict";
import test from "node:test";

import { add, cross, distance, dot, normalize, scale, subtract } from "../../web/math/vec.mjs";
import {
  START_VIEW, between, fit, frameRect, freeRooms, orbit, pan, pointAtTargetDepth, projectionOf, projectionOfCamera, standardView,
  viewAxes, viewFromProjection, zoomAbout,
} from "../../web/view/camera.mjs";
import {
  nearestOnAxis, pixelsPerUnit, polygonToScreen, rayOnPlane, rayThrough, segmentToScreen, toScreen, toView, unproject,
} from "../../web/view/project.mjs";
import { assertClose } from "./kit.mjs";
import { PROJECTIONS, SIZE, VIEWS, points } from "./viewKit.mjs";

const point = points(3);

test("a point comes back from its pixel and its depth", () => {
  for (const projection of PROJECTIONS) {
    for (let i = 0; i < 20; i++) {
      const p = point();
      const seen = toScreen(projection, p);
      if (!seen) continue;
      assertClose(unproject(projection, seen.x, seen.y, seen.depth), p, 1e-9);
      const ray = rayThrough(projection, seen.x, seen.y);
      assertClose(cross(subtract(p, ray.origin), ray.direction), [0, 0, 0], 1e-9);
    }
  }
});

test("a segment is cut where it crosses the near plane, and its visible end stays", () => {
  const projection = PROJECTIONS[0];
  const behind = add(projection.eye, scale(projection.forward, -3));
  const ahead = add(projection.eye, add(scale(projection.forward, 2), projection.right));
  const cut = segmentToScreen(projection, behind, ahead);
  assert.ok(cut);
  assertClose([cut[0].depth], [projection.near]);
  const end = toScreen(projection, ahead);
  assertClose([cut[1].x, cut[1].y], [end.x, end.y]);
  assert.equal(segmentToScreen(projection, behind, projection.eye), null);
  assert.equal(toScreen(projection, behind), null);
});

test("a triangle with one corner behind the eye becomes four-sided, with two no polygon at all but a triangle", () => {
  const projection = PROJECTIONS[0];
  const at = (/** @type {number} */ x, /** @type {number} */ z) => add(projection.eye, add(scale(projection.right, x), scale(projection.forward, z)));
  assert.equal(polygonToScreen(projection, [at(-1, 2), at(1, 2), at(0, -1)]).length, 4);
  assert.equal(polygonToScreen(projection, [at(-1, -2), at(1, -2), at(0, 3)]).length, 3);
  assert.equal(polygonToScreen(projection, [at(-1, -2), at(1, -2), at(0, -1)]).length, 0);
});

test("the point of an axis nearest to a ray is nearer than its neighbours", () => {
  for (let i = 0; i < 50; i++) {
    const ray = { origin: point(), direction: normalize(point()) };
    const [origin, axis] = [point(), normalize(subtract(point(), [0, 0, 0.5]))];
    const best = nearestOnAxis(ray, origin, axis);
    assert.ok(best !== null);
    const away = (/** @type {number} */ t) => {
      const offset = subtract(add(origin, scale(axis, t)), ray.origin);
      return distance(offset, scale(ray.direction, dot(offset, ray.direction)));
    };
    assert.ok(away(best) <= away(best + 1e-4) && away(best) <= away(best - 1e-4));
  }
  assert.equal(nearestOnAxis({ origin: [0, 0, 0], direction: [0, 0, 1] }, [1, 0, 0], [0, 0, 1]), null);
});

test("a ray meets a plane in the plane, and never behind its origin", () => {
  const ray = rayThrough(PROJECTIONS[0], 300, 420);
  const hit = rayOnPlane(ray, [0, 0.4, 0], [0, 1, 0]);
  assertClose([hit[1]], [0.4]);
  assert.equal(rayOnPlane(ray, add(ray.origin, scale(ray.direction, -2)), ray.direction), null);
  assert.equal(rayOnPlane({ origin: [0, 0, 0], direction: [1, 0, 0] }, [0, 1, 0], [0, 1, 0]), null);
});

test("a view's axes are a right-handed frame with the world's up at the top", () => {
  for (const view of VIEWS) {
    const { right, down, forward } = viewAxes(view);
    assertClose(cross(right, down), forward);
    assertClose([dot(right, right), dot(down, down), dot(forward, forward), right[1]], [1, 1, 1, 0]);
    assert.ok(down[1] >= 0);
  }
});

test("from the top forward is up, from the side forward is to the right, in front right is to the right", () => {
  const moved = (/** @type {any} */ name, /** @type {any} */ direction) => {
    const projection = projectionOf(standardView(START_VIEW, name), SIZE);
    const [a, b] = [toScreen(projection, START_VIEW.target), toScreen(projection, add(START_VIEW.target, direction))];
    return [Math.round(b.x - a.x), Math.round(b.y - a.y)].map(Math.sign);
  };
  assert.deepEqual([moved("top", [0, 0, 1]), moved("top", [1, 0, 0])], [[0, -1], [1, 0]].map((pair) => pair.map((x) => x + 0)));
  assert.deepEqual([moved("side", [0, 0, 1]), moved("side", [0, -1, 0])], [[1, 0], [0, -1]]);
  assert.deepEqual([moved("front", [1, 0, 0]), moved("front", [0, -1, 0])], [[1, 0], [0, -1]]);
});

test("zooming leaves the point under the cursor at its pixel", () => {
  for (const view of VIEWS) {
    for (const factor of [0.5, 0.9, 1.7]) {
      const under = pointAtTargetDepth(view, 123, 456, SIZE);
      const seen = toScreen(projectionOf(zoomAbout(view, factor, under), SIZE), under);
      assertClose([seen.x, seen.y], [123, 456], 1e-7);
      assertClose([zoomAbout(view, factor, under).distance], [view.distance * factor]);
    }
  }
});

test("panning moves what is at the target's depth with the pointer", () => {
  for (const view of VIEWS) {
    const grabbed = pointAtTargetDepth(view, 200, 300, SIZE);
    const seen = toScreen(projectionOf(pan(view, 31, -17, SIZE), SIZE), grabbed);
    assertClose([seen.x, seen.y], [231, 283], 1e-7);
  }
});

test("orbiting keeps the target in the middle and lets its near side follow the pointer", () => {
  for (const view of VIEWS) {
    const turned = orbit(view, 20, 0);
    const middle = toScreen(projectionOf(turned, SIZE), view.target);
    assertClose([middle.x, middle.y], [SIZE.width / 2, SIZE.height / 2], 1e-7);
  }
  const nearSide = subtract(START_VIEW.target, scale(viewAxes(START_VIEW).forward, 0.5));
  const [before, after] = [START_VIEW, orbit(START_VIEW, 10, 8)].map((view) => toScreen(projectionOf(view, SIZE), nearSide));
  assert.ok(after.x > before.x && after.y > before.y);
});

test("orbiting stops at the poles", () => {
  assert.equal(orbit(START_VIEW, 0, 1e5).pitch, Math.PI / 2);
  assert.equal(orbit(START_VIEW, 0, -1e5).pitch, -Math.PI / 2);
});

test("fitting shows every point, and uses the room there is", () => {
  const cloud = Array.from({ length: 30 }, point);
  for (const view of VIEWS) {
    const projection = projectionOf(fit(view, cloud, SIZE, 40), SIZE);
    const seen = cloud.map((p) => toScreen(projection, p));
    const slack = seen.map(({ x, y }) => Math.min(x, y, SIZE.width - x, SIZE.height - y));
    assert.ok(Math.min(...slack) >= 38, `${Math.min(...slack)}`);
    assert.ok(Math.min(...slack) <= 75, `${Math.min(...slack)}`);
    const [xs, ys] = [seen.map(({ x }) => x), seen.map(({ y }) => y)];
    assert.ok(Math.abs(Math.min(...xs) + Math.max(...xs) - SIZE.width) < 4);
    assert.ok(Math.abs(Math.min(...ys) + Math.max(...ys) - SIZE.height) < 4);
  }
});

test("fitting keeps clear of what lies over the canvas", () => {
  const covered = [{ x: 8, y: 8, width: 240, height: 185 }, { x: 8, y: 470, width: 200, height: 22 }];
  const rooms = freeRooms(SIZE, covered);
  assert.ok(rooms.some((room) => room.x === 248 && room.width === 552 && room.height === 500)); // beside both
  assert.ok(rooms.some((room) => room.y === 193 && room.width === 800 && room.height === 277)); // between them
  for (const room of rooms) {
    for (const thing of covered) {
      const apart = room.x >= thing.x + thing.width || thing.x >= room.x + room.width || room.y >= thing.y + thing.height || thing.y >= room.y + room.height;
      assert.ok(apart, JSON.stringify([room, thing]));
    }
    const cloud = Array.from({ length: 20 }, point);
    const projection = projectionOf(fit(START_VIEW, cloud, SIZE, 20, room), SIZE);
    for (const p of cloud) assert.ok(toScreen(projection, p).x > room.x - 25);
  }
  assert.deepEqual(freeRooms(SIZE, []), [{ x: 0, y: 0, ...SIZE }]);
  assert.deepEqual(freeRooms(SIZE, [{ x: 0, y: 0, ...SIZE }]), [{ x: 0, y: 0, ...SIZE }]); // all covered: no better place
});

test("perspective and flat views draw a thing at the target equally large", () => {
  const flat = standardView(START_VIEW, "front");
  const deep = { ...flat, perspective: true };
  const [a, b] = [flat, deep].map((view) => pixelsPerUnit(projectionOf(view, SIZE), view.target));
  assertClose([a], [b], 1e-9);
});

test("a move between two views begins and ends in them, the shorter way round", () => {
  const [from, to] = [{ ...START_VIEW, yaw: 3 }, { ...START_VIEW, yaw: -3, pitch: 1, distance: 9 }];
  const close = (/** @type {any} */ a, /** @type {any} */ b) => assertClose([Math.sin(a.yaw), Math.cos(a.yaw), a.pitch, a.distance], [Math.sin(b.yaw), Math.cos(b.yaw), b.pitch, b.distance]);
  close(between(from, to, 0), from);
  close(between(from, to, 1), to);
  assert.ok(Math.abs(between(from, to, 0.5).yaw) > 3);
});

test("a camera's frame has the document's aspect and holds exactly its angle of view", () => {
  const frame = frameRect(832 / 480, SIZE, 14);
  assertClose([frame.width / frame.height], [832 / 480]);
  assertClose([frame.x + frame.width / 2, frame.y + frame.height / 2], [SIZE.width / 2, SIZE.height / 2]);
  const camera = { position: /** @type {any} */ ([1, 2, 3]), rotation: /** @type {any} */ ([1, 0, 0, 0]), hfov_deg: 70 };
  const projection = projectionOfCamera(camera, frame, SIZE, 1e-3);
  const edge = toScreen(projection, [1 + Math.tan((35 * Math.PI) / 180), 2, 4]);
  assertClose([edge.x, edge.y], [frame.x + frame.width, SIZE.height / 2]);
});

test("leaving the camera's view keeps its direction and the size of the subject", () => {
  const camera = { position: /** @type {any} */ ([1, -0.5, 0.2]), rotation: /** @type {any} */ (normalizeQuat([0.9, 0.1, -0.3, 0])), hfov_deg: 50 };
  const through = projectionOfCamera(camera, frameRect(1.7, SIZE, 10), SIZE, 1e-3);
  const own = projectionOf(viewFromProjection(through, 2), SIZE);
  assertClose(own.forward, through.forward);
  const subject = add(through.eye, scale(through.forward, 2));
  assertClose([pixelsPerUnit(own, subject)], [pixelsPerUnit(through, subject)], 1e-9);
  assertClose([toView(own, subject)[0]], [0]);
});

/** @param {number[]} q */
const normalizeQuat = (q) => q.map((x) => x / Math.hypot(...q));
