// Vectors, rotations, lenses: group laws and hand calculations.

import assert from "node:assert/strict";
import test from "node:test";

import { focalFromFov, fovFromFocal, hfovFromMm, mmFromHfov, vfovDeg } from "../../web/math/lens.mjs";
import {
  lookAt, matrixFromQuat, quatConjugate, quatExp, quatFromAxisAngleDeg, quatFromMatrix, quatLog, quatMultiply,
  quatNormalize, quatRotate, rotationAngleDeg,
} from "../../web/math/rotation.mjs";
import { add, cross, dot, length, lerp, normalize, subtract } from "../../web/math/vec.mjs";
import { assertClose, randomFrom } from "./kit.mjs";

const random = randomFrom(1);
const number = () => random() * 2 - 1;
/** @returns {import("../../web/math/vec.mjs").Vec3} */
const vector = () => [number(), number(), number()];
const rotation = () => quatNormalize([number(), number(), number(), number()]);
const times = 50;

test("a cross product stands on both vectors, as the thumb on the right hand", () => {
  assert.deepEqual(cross([1, 0, 0], [0, 1, 0]), [0, 0, 1]);
  for (let i = 0; i < times; i++) {
    const [a, b] = [vector(), vector()];
    assertClose([dot(cross(a, b), a), dot(cross(a, b), b)], [0, 0]);
  }
});

test("lerp meets both ends, a unit vector has length 1", () => {
  const [a, b] = [vector(), vector()];
  assertClose(lerp(a, b, 0), a);
  assertClose(lerp(a, b, 1), b);
  assertClose([length(normalize(a))], [1]);
});

test("a product of rotations turns by the right one first", () => {
  for (let i = 0; i < times; i++) {
    const [a, b, v] = [rotation(), rotation(), vector()];
    assertClose(quatRotate(quatMultiply(a, b), v), quatRotate(a, quatRotate(b, v)));
    assertClose(quatRotate(quatConjugate(a), quatRotate(a, v)), v);
  }
});

test("a quaternion and its matrix turn a vector alike, and the way back gives the same rotation", () => {
  const halfTurns = /** @type {const} */ ([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
  for (const q of [...halfTurns.map((h) => quatNormalize([...h])), ...Array.from({ length: times }, rotation)]) {
    const m = matrixFromQuat(q);
    const v = vector();
    const product = [0, 3, 6].map((row) => m[row] * v[0] + m[row + 1] * v[1] + m[row + 2] * v[2]);
    assertClose(quatRotate(q, v), product);
    assert.ok(rotationAngleDeg(quatFromMatrix(m), q) < 1e-6);
  }
});

test("exp and log are inverse up to half a turn, also next to none", () => {
  for (const angle of [0, 1e-12, 1e-7, 0.1, 2, 3.14]) {
    const v = normalize(vector());
    const turn = /** @type {import("../../web/math/vec.mjs").Vec3} */ (v.map((part) => part * angle));
    assertClose(quatLog(quatExp(turn)), turn, 1e-12 + angle * 1e-9);
  }
});

test("a turn beyond half a turn is told the short way, and both signs of a quaternion are one rotation", () => {
  assertClose(quatLog(quatFromAxisAngleDeg([0, 0, 1], 270)), [0, 0, -Math.PI / 2]);
  const q = rotation();
  assertClose(quatLog(q), quatLog(/** @type {typeof q} */ (q.map((part) => -part))));
});

test("a half turn goes the same way whatever the rounding of its quaternion", () => {
  for (const w of [0, 1e-17, -1e-17]) {
    for (const sign of [1, -1]) assertClose(quatLog([w, 0, 0.6 * sign, 0.8 * sign]), [0, 0.6 * Math.PI, 0.8 * Math.PI]);
    assertClose(quatLog([w, -1, 0, 0]), [Math.PI, 0, 0]);
  }
});

test("angles between rotations are those that were turned", () => {
  for (const angle of [0, 1e-6, 30, 179.999999, 180]) {
    const q = rotation();
    const turned = quatMultiply(q, quatFromAxisAngleDeg(vector(), angle));
    assertClose([rotationAngleDeg(q, turned)], [angle], 1e-6);
  }
});

test("positive turns are pan right, tilt up, clockwise roll", () => {
  const forward = /** @type {const} */ ([0, 0, 1]);
  assert.ok(quatRotate(quatFromAxisAngleDeg([0, 1, 0], 10), [...forward])[0] > 0); // x is right
  assert.ok(quatRotate(quatFromAxisAngleDeg([1, 0, 0], 10), [...forward])[1] < 0); // y is down
  assert.ok(quatRotate(quatFromAxisAngleDeg([0, 0, 1], 10), [1, 0, 0])[1] > 0); // the right hand sinks
});

test("looking at a point puts it on the optical axis, with a level horizon and the picture upright", () => {
  for (let i = 0; i < times; i++) {
    const [position, target] = [vector(), vector()];
    const q = lookAt(position, target);
    const seen = quatRotate(quatConjugate(q), subtract(target, position));
    assertClose(seen, [0, 0, length(subtract(target, position))]);
    assertClose([quatRotate(q, [1, 0, 0])[1]], [0]);
    assert.ok(quatRotate(q, [0, 1, 0])[1] > 0);
  }
});

test("looking straight down or up has the world's z at the picture's foot; looking at oneself turns nothing", () => {
  for (const target of /** @type {const} */ ([[0, 5, 0], [0, -5, 0]])) {
    assertClose(quatRotate(lookAt([0, 0, 0], [...target]), [0, 1, 0]), [0, 0, 1]);
    assertClose(quatRotate(lookAt([0, 0, 0], [...target]), [0, 0, 5]), [...target]);
  }
  assert.deepEqual(lookAt([1, 2, 3], [1, 2, 3]), [1, 0, 0, 0]);
});

test("arguments of vector and rotation functions stay as they were", () => {
  const [a, b] = [Object.freeze(vector()), Object.freeze(vector())];
  const q = Object.freeze(rotation());
  add(a, b), quatRotate(q, a), quatNormalize(q), quatLog(q), lookAt(a, b);
});

test("18 mm sees 90 degrees on full-frame film, and lenses go there and back", () => {
  assertClose([mmFromHfov(90), hfovFromMm(18), hfovFromMm(50)], [18, 90, 39.59775], 1e-5);
  for (const fov of [1, 60, 170]) assertClose([fovFromFocal(focalFromFov(fov, 832), 832)], [fov]);
});

test("a square picture has one angle of view, a wider one a smaller vertical angle", () => {
  assertClose([vfovDeg(60, 500, 500)], [60]);
  assertClose([Math.tan((vfovDeg(90, 200, 100) * Math.PI) / 360)], [0.5]);
});
