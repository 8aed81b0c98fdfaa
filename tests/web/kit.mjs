// Shared by the tests: fixtures that Python wrote, a source of numbers that repeats, and comparisons.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

import { rotationAngleDeg } from "../../web/math/rotation.mjs";

const FIXTURES = new URL("../fixtures/", import.meta.url);

/** @param {string} name below tests/fixtures */
export const readText = (name) => readFileSync(new URL(name, FIXTURES), "utf8");

/** @typedef {{name: string, document: object, cameras: import("../../web/math/path.mjs").Camera[]}} PathFixture */

/** @returns {PathFixture[]} */
export function pathFixtures() {
  return readdirSync(new URL("paths/", FIXTURES)).map((file) => {
    const { document, cameras } = JSON.parse(readText(`paths/${file}`));
    return { name: file.replace(".json", ""), document, cameras: cameras.map(cameraOf) };
  });
}

/** @param {number[]} row @returns {import("../../web/math/path.mjs").Camera} */
const cameraOf = ([x, y, z, qw, qx, qy, qz, hfov_deg]) => ({
  position: [x, y, z],
  rotation: [qw, qx, qy, qz],
  hfov_deg,
});

/** Numbers in 0..1 that are the same in every run (mulberry32). @param {number} seed */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {readonly number[]} actual @param {readonly number[]} expected @param {number} [tolerance] */
export function assertClose(actual, expected, tolerance = 1e-9) {
  assert.equal(actual.length, expected.length);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i])));
  assert.ok(worst <= tolerance, `${actual} is ${worst} away from ${expected}`);
}

/**
 * @param {import("../../web/math/path.mjs").Camera} actual
 * @param {import("../../web/math/path.mjs").Camera} expected @param {number} [tolerance] also radians
 */
export function assertCameraClose(actual, expected, tolerance = 1e-9) {
  assertClose([...actual.position, actual.hfov_deg], [...expected.position, expected.hfov_deg], tolerance);
  const angle = (rotationAngleDeg(actual.rotation, expected.rotation) * Math.PI) / 180;
  assert.ok(angle <= tolerance, `turned by ${angle} radians`);
}
