// The path through keys: equal to Python's, and what its rules promise.

import assert from "node:assert/strict";
import test from "node:test";

import { documentFrom } from "../../web/editor/document.mjs";
import { compareCameras, fromFirst, resampled } from "../../web/math/compare.mjs";
import { cameraAt, samplePath } from "../../web/math/path.mjs";
import { hermite, pchipSlopes } from "../../web/math/pchip.mjs";
import { remembering } from "../../web/math/remember.mjs";
import { quatConjugate, quatFromAxisAngleDeg, quatMultiply, quatRotate } from "../../web/math/rotation.mjs";
import { subtract } from "../../web/math/vec.mjs";
import { assertCameraClose, assertClose, pathFixtures, randomFrom } from "./kit.mjs";

/** @param {object[]} keys @param {object} [rest] */
const documentOf = (keys, rest) =>
  documentFrom({
    format: "raxel-path",
    version: 1,
    frames: 49,
    ...rest,
    keys: keys.map((key, i) => ({ frame: 12 * i, position: [0, 0, 0], rotation: [1, 0, 0, 0], ...key })),
  });

for (const { name, document, cameras } of pathFixtures()) {
  test(`cameras of ${name} are Python's`, () => {
    const path = samplePath(documentFrom(document));
    assert.equal(path.length, cameras.length);
    path.forEach((camera, frame) => assertCameraClose(camera, cameras[frame], 1e-8));
  });

  test(`one frame of ${name} is the frame of its path, and the camera stands before and after the keys`, () => {
    const path = documentFrom(document);
    samplePath(path).forEach((camera, frame) => assert.deepEqual(cameraAt(path, frame), camera));
    const [first, last] = [path.keys[0], path.keys[path.keys.length - 1]];
    assertCameraClose(cameraAt(path, first.frame - 100), first, 1e-9);
    assertCameraClose(cameraAt(path, last.frame + 100.5), last, 1e-9);
    assertCameraClose(cameraAt(path, last.frame), last, 1e-9);
  });

  test(`the path of ${name} goes through its keys`, () => {
    const path = documentFrom(document);
    for (const key of path.keys) assertCameraClose(cameraAt(path, key.frame), key, 1e-8);
  });
}

test("no coordinate and no lens leaves the range of its two keys, but on round ways", () => {
  const { document } = pathFixtures().filter(({ name }) => name === "by_chance")[0];
  const path = documentFrom(document);
  path.keys.slice(1).forEach((next, i) => {
    const key = path.keys[i];
    if (key.interpolation === "round") return;
    for (let frame = key.frame; frame <= next.frame; frame += 0.25) {
      const camera = cameraAt(path, frame);
      [...camera.position, camera.hfov_deg].forEach((value, channel) => {
        const ends = [key, next].map((end) => [...end.position, end.hfov_deg][channel]);
        assert.ok(value >= Math.min(...ends) - 1e-12 && value <= Math.max(...ends) + 1e-12);
      });
    }
  });
});

test("turns about one axis that all go one way never turn back", () => {
  const angles = [0, 2, 90, 91, 170];
  const path = documentOf(angles.map((angle) => ({ rotation: quatFromAxisAngleDeg([0, 1, 0], angle) })));
  const pans = samplePath(path).map(({ rotation }) => 2 * Math.atan2(rotation[2], rotation[0]));
  pans.slice(1).forEach((pan, i) => assert.ok(pan >= pans[i] - 1e-12));
});

test("between equal keys, and while a key is held, nothing moves at all", () => {
  const path = documentOf([{ position: [1, 2, 3] }, { position: [1, 2, 3], hold: 5 }, { position: [3, 2, 1] }]);
  for (let frame = 0; frame <= 17; frame += 0.5) assert.deepEqual(cameraAt(path, frame), cameraAt(path, 0));
  assert.notDeepEqual(cameraAt(path, 18), cameraAt(path, 0));
});

test("a hold longer than the gap ends one frame before the next key", () => {
  const path = documentOf([{ hold: 99 }, { position: [1, 0, 0] }]);
  assert.deepEqual(samplePath(path).slice(10, 13).map((camera) => camera.position[0]), [0, 0, 1]);
});

test("easing warps time: halfway in time is the eased share of the way", () => {
  const shares = { linear: 0.5, ease_in: 0.25, ease_out: 0.75, ease_in_out: 0.5 };
  for (const [easing, share] of Object.entries(shares)) {
    const path = documentOf([{ easing }, { position: [1, 0, 0] }]);
    assertClose([cameraAt(path, 6).position[0]], [share]);
  }
});

test("keys that aim at the subject keep it in the centre of every frame, whatever their roll", () => {
  const { document } = pathFixtures().filter(({ name }) => name === "aimed")[0];
  const path = documentFrom(document);
  for (let frame = 0; frame < path.frames; frame += 0.25) {
    const { position, rotation } = cameraAt(path, frame);
    const [x, y, z] = quatRotate(quatConjugate(rotation), subtract(path.subject, position));
    assert.ok(Math.hypot(x, y) < 1e-9 * z && z > 0, `frame ${frame} sees the subject at ${[x, y, z]}`);
  }
});

test("slopes of a straight line are its slope; a local extremum is flat; the steeper end is held back", () => {
  assertClose(pchipSlopes([1, 2, 5], [3, 3, 3]), [3, 3, 3, 3]);
  assert.equal(pchipSlopes([1, 1], [1, -1])[1], 0);
  assertClose([pchipSlopes([1, 1], [1, -10])[0]], [3]);
  assert.deepEqual(pchipSlopes([], []), [0]);
});

test("a Hermite curve meets its ends and their slopes", () => {
  const at = (/** @type {number} */ u) => hermite(u, 2, 5, 0.7, -0.4);
  assertClose([at(0), at(1)], [2, 5]);
  assertClose([(at(1e-6) - at(0)) / 1e-6, (at(1) - at(1 - 1e-6)) / 1e-6], [0.7, -0.4], 1e-4);
});

test("a path is the same as itself wherever it starts, and longer ones are compared by time", () => {
  const { cameras } = pathFixtures().filter(({ name }) => name === "eased_smooth")[0];
  const turn = quatFromAxisAngleDeg([1, 2, 3], 77);
  const moved = cameras.map((camera) => ({
    ...camera,
    position: subtract(quatRotate(turn, camera.position), [5, 6, 7]),
    rotation: quatMultiply(turn, camera.rotation),
  }));
  const same = compareCameras(cameras, moved, 2);
  assertClose([...same.rotation_deg, ...same.position], new Array(2 * cameras.length).fill(0), 1e-5);
  assertCameraClose(fromFirst(moved)[0], { position: [0, 0, 0], rotation: [1, 0, 0, 0], hfov_deg: moved[0].hfov_deg });
});

test("a path of another length is compared by the share of its time", () => {
  /** @param {number} count @returns {import("../../web/math/path.mjs").Camera[]} */
  const slide = (count) =>
    Array.from({ length: count }, (_, i) => ({
      position: [i / (count - 1), 0, 0], rotation: quatFromAxisAngleDeg([0, 1, 0], (90 * i) / (count - 1)), hfov_deg: 60,
    }));
  for (const count of [2, 41, 200]) {
    const { rotation_deg, position } = compareCameras(slide(81), slide(count), 1);
    assertClose([...rotation_deg, ...position], new Array(162).fill(0), 1e-5);
  }
  assert.deepEqual(resampled(slide(2), 1), slide(2).slice(0, 1));
});

test("errors are told in subject distances and degrees", () => {
  const still = /** @type {import("../../web/math/path.mjs").Camera} */ ({ position: [0, 0, 0], rotation: [1, 0, 0, 0], hfov_deg: 60 });
  const off = { ...still, position: /** @type {[number, number, number]} */ ([0, 3, 4]), rotation: quatFromAxisAngleDeg([0, 0, 1], 25) };
  const { rotation_deg, position } = compareCameras([still, still], [still, off], 10);
  assertClose([...rotation_deg, ...position], [0, 25, 0, 0.5]);
});

test("241 frames with 40 keys are computed well within a drawn frame of 16 milliseconds", () => {
  const { document } = pathFixtures().filter(({ name }) => name === "by_chance")[0];
  const random = randomFrom(3);
  const spent = Array.from({ length: 60 }, () => {
    const path = documentFrom({ ...document, fps: 1 + random() });
    const start = performance.now();
    samplePath(path);
    return performance.now() - start;
  });
  const median = spent.sort((a, b) => a - b)[30];
  assert.ok(median < 8, `took ${median} ms`);
});

test("an answer is computed once while it is at hand, and a long history of documents is not kept", () => {
  let computed = 0;
  const ask = remembering((/** @type {{n: number}} */ { n }) => (computed++, { n }));
  const documents = Array.from({ length: 500 }, (_, n) => ({ n }));
  for (const document of documents) assert.equal(ask(document), ask(document));
  assert.equal(computed, 500);
  ask(documents[499]);
  assert.equal(computed, 500);
  ask(documents[0]);
  assert.equal(computed, 501);
});
