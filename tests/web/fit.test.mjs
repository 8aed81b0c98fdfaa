// Few keys for many cameras.

import assert from "node:assert/strict";
import test from "node:test";

import { documentFrom } from "../../web/editor/document.mjs";
import { fitKeys } from "../../web/math/fit.mjs";
import { samplePath } from "../../web/math/path.mjs";
import { quatConjugate, quatFromAxisAngleDeg, quatRotate, rotationAngleDeg } from "../../web/math/rotation.mjs";
import { alongLength, fitStroke, smoothed } from "../../web/math/stroke.mjs";
import { distance, subtract } from "../../web/math/vec.mjs";
import { assertClose, pathFixtures, randomFrom } from "./kit.mjs";

/** @typedef {import("../../web/math/path.mjs").Camera} Camera */
/** @typedef {import("../../web/math/vec.mjs").Vec3} Vec3 */

/**
 * A level circle about a point ahead, aimed at it, after geometry/moves.py.
 * @param {number} frames @param {number} degrees @returns {Camera[]}
 */
const arc = (frames, degrees) =>
  Array.from({ length: frames }, (_, i) => {
    const t = i / (frames - 1);
    const rotation = quatFromAxisAngleDeg([0, 1, 0], -degrees * t * t * (3 - 2 * t));
    return { position: subtract([0, 0, 1], quatRotate(rotation, [0, 0, 1])), rotation, hfov_deg: 60 };
  });

/**
 * @param {readonly import("../../web/editor/document.mjs").Key[]} keys @param {number} frames
 * @param {object} [rest]
 */
const pathOf = (keys, frames, rest) =>
  samplePath(documentFrom({ format: "raxel-path", version: 1, frames, ...rest, keys }));

/** @param {Camera[]} cameras @param {Camera[]} path */
const worst = (cameras, path) => ({
  position: Math.max(...cameras.map((camera, i) => distance(camera.position, path[i].position))),
  deg: Math.max(...cameras.map((camera, i) => rotationAngleDeg(camera.rotation, path[i].rotation))),
});

for (const [frames, degrees, most] of [[81, 30, 8], [241, 360, 30], [2000, 360, 30]]) {
  test(`an eased arc of ${degrees} degrees over ${frames} frames needs at most ${most} keys`, () => {
    const cameras = arc(frames, degrees);
    const start = performance.now();
    const keys = fitKeys(cameras, { positionTolerance: 0.005, rotationToleranceDeg: 0.25 });
    const spent = performance.now() - start;
    assert.ok(keys.length <= most, `${keys.length} keys`);
    const { position, deg } = worst(cameras, pathOf(keys, frames));
    assert.ok(position <= 0.005 && deg <= 0.25, `${position} and ${deg} degrees away`);
    assert.ok(spent < 500, `took ${spent} ms`);
  });
}

test("a path made of keys comes back within the tolerance, a gentle one with few keys", () => {
  /** @type {Record<string, number>} */
  const most = { default: 8, two_keys: 2, one_key: 1, half_turns: 10 };
  for (const { name, document, cameras } of pathFixtures()) {
    if (name.startsWith("by_chance")) continue; // cut by holds and easings at every key
    const path = documentFrom(document);
    const { aim, subject } = path;
    const keys = fitKeys(cameras, { positionTolerance: 0.01, rotationToleranceDeg: 0.5, aim, subject });
    const { position, deg } = worst(cameras, pathOf(keys, path.frames, { aim, subject }));
    assert.ok(position <= 0.01 && deg <= 0.5, `${name}: ${position} and ${deg} degrees away`);
    assert.ok(keys.length <= (most[name] ?? path.frames), `${name}: ${keys.length} keys`);
  }
});

test("a camera that stands is one key, a move that one easing describes is two", () => {
  const still = arc(81, 0);
  assert.deepEqual(fitKeys(still).map((key) => key.frame), [0]);
  const slide = still.map((camera, i) => ({ ...camera, position: /** @type {Vec3} */ ([(i / 80) ** 2, 0, 0]) }));
  assert.deepEqual(fitKeys(slide).map((key) => [key.frame, key.easing]), [[0, "ease_in"], [80, "linear"]]);
  assert.equal(fitKeys(still.slice(0, 1)).length, 1);
});

test("keys stand on cameras of the path, and are never more than asked for", () => {
  const random = randomFrom(4);
  const noise = arc(241, 90).map((camera) => ({
    ...camera,
    position: /** @type {Vec3} */ (camera.position.map((part) => part + 0.2 * random())),
  }));
  const keys = fitKeys(noise, { positionTolerance: 1e-6, maxKeys: 17 });
  assert.equal(keys.length, 17);
  for (const key of keys) assert.deepEqual(key.position, noise[key.frame].position);
  assert.deepEqual([keys[0].frame, keys[16].frame], [0, 240]);
});

/** An S on the ground, drawn by a shaking hand that gets faster. @type {Vec3[]} */
const drawn = (() => {
  const random = randomFrom(5);
  const shake = () => 0.012 * (random() - 0.5);
  return Array.from({ length: 300 }, (_, i) => {
    const t = (i / 299) ** 2;
    return /** @type {Vec3} */ ([t + shake(), 0, 0.3 * Math.sin(2 * Math.PI * t) + shake()]);
  });
})();
/** @type {Camera} */
const camera = { position: [9, 9, 9], rotation: quatFromAxisAngleDeg([1, 0, 0], 10), hfov_deg: 45 };

test("a shaky stroke becomes few keys on the line that was meant, at a steady speed", () => {
  const keys = fitStroke(drawn, { frames: [10, 90], tolerance: 0.01, camera });
  assert.ok(keys.length >= 4 && keys.length <= 12, `${keys.length} keys`);
  assert.deepEqual([keys[0].frame, keys[keys.length - 1].frame], [10, 90]);
  const path = pathOf(keys, 91).slice(10);
  for (const { position: [x, y, z] } of path) assert.ok(Math.abs(z - 0.3 * Math.sin(2 * Math.PI * x)) < 0.03 && y === 0);
  const speeds = path.slice(1).map((next, i) => distance(next.position, path[i].position));
  assert.ok(Math.max(...speeds) < 1.6 * Math.min(...speeds), `${Math.min(...speeds)} to ${Math.max(...speeds)} a frame`);
  assert.ok(keys.every((key) => key.hfov_deg === 45 && key.rotation === camera.rotation));
});

test("cameras of a stroke look ahead or at a point where that is wanted", () => {
  const line = [0, 1, 2, 3].map((x) => /** @type {Vec3} */ ([x, 0, 0]));
  for (const key of fitStroke(line, { frames: [0, 80], tolerance: 0.01, camera, face: "ahead" })) {
    assertClose(quatRotate(key.rotation, [0, 0, 1]), [1, 0, 0]);
  }
  for (const key of fitStroke(line, { frames: [0, 80], tolerance: 0.01, camera, face: [1, 2, 3] })) {
    const seen = quatRotate(quatConjugate(key.rotation), subtract([1, 2, 3], key.position));
    assertClose(seen.slice(0, 2), [0, 0]);
  }
});

test("a stroke without length is no stroke", () => {
  for (const points of [[], [[1, 2, 3]], [[1, 2, 3], [1, 2, 3]], [[NaN, 0, 0], [1, 0, 0]]]) {
    assert.deepEqual(fitStroke(/** @type {Vec3[]} */ (points), { frames: [0, 80], tolerance: 0.01, camera }), []);
  }
});

test("points along a length are evenly spaced; smoothing leaves a straight line and both ends alone", () => {
  const bent = alongLength([[0, 0, 0], [3, 0, 0], [3, 4, 0]], 8);
  assertClose(bent.flat(), [0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 3, 1, 0, 3, 2, 0, 3, 3, 0, 3, 4, 0]);
  const straight = alongLength([[0, 0, 0], [1, 2, 3]], 60);
  assertClose(smoothed(straight).flat(), straight.flat());
  const curve = alongLength(drawn, 100);
  assertClose([...smoothed(curve)[0], ...smoothed(curve)[99]], [...curve[0], ...curve[99]]);
});
