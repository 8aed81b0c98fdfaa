// Cameras in the words of people.

import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULT } from "../../web/editor/document.mjs";
import {
  meantKeys,
  middleOfKeys,
  placeFromPosition,
  positionFromPlace,
  rotationFromTurns,
  subjectAtDistance,
  subjectDistance,
  turnsFromRotation,
} from "../../web/editor/pose.mjs";
import { quatRotate, rotationAngleDeg } from "../../web/math/rotation.mjs";
import { distance } from "../../web/math/vec.mjs";
import { randomFrom } from "./kit.mjs";

test("up is up: minus y of the world", () => {
  assert.deepEqual(placeFromPosition([1, -2, 3]), { right: 1, up: 2, forward: 3 });
  assert.deepEqual(positionFromPlace({ right: 1, up: 2, forward: 3 }), [1, -2, 3]);
  assert.ok(Object.is(placeFromPosition([0, 0, 0]).up, 0));
});

test("pan turns to the right, tilt upwards, roll clockwise", () => {
  const looks = (/** @type {import("../../web/math/rotation.mjs").Quat} */ rotation) => quatRotate(rotation, [0, 0, 1]);
  assert.ok(looks(rotationFromTurns({ pan: 30, tilt: 0, roll: 0 }))[0] > 0.49);
  assert.ok(looks(rotationFromTurns({ pan: 0, tilt: 30, roll: 0 }))[1] < -0.49);
  // The right side of a camera that rolls clockwise sinks; down is +y.
  assert.ok(quatRotate(rotationFromTurns({ pan: 0, tilt: 0, roll: 30 }), [1, 0, 0])[1] > 0.49);
});

test("any rotation is its pan, tilt and roll, straight up and down too", () => {
  const random = randomFrom(7);
  for (let i = 0; i < 300; i++) {
    const turns = {
      pan: 360 * random() - 180,
      tilt: i % 10 ? 180 * random() - 90 : i % 20 ? 90 : -90,
      roll: 360 * random() - 180,
    };
    const rotation = rotationFromTurns(turns);
    assert.ok(rotationAngleDeg(rotationFromTurns(turnsFromRotation(rotation)), rotation) < 1e-4, JSON.stringify(turns));
  }
});

test("numbers that were typed come back as they were typed", () => {
  const turns = turnsFromRotation(rotationFromTurns({ pan: 100, tilt: -20, roll: 5 }));
  for (const [name, value] of Object.entries({ pan: 100, tilt: -20, roll: 5 })) {
    assert.ok(Math.abs(turns[/** @type {"pan"} */ (name)] - value) < 1e-9);
  }
});

test("numbers are about the selected keys, or the one that the playhead stands on", () => {
  const state = { document: DEFAULT, selection: [0, 2], playhead: 40 };
  assert.deepEqual(meantKeys(state), [0, 2]);
  assert.deepEqual(meantKeys({ ...state, selection: [] }), [1]);
  assert.deepEqual(meantKeys({ ...state, selection: [], playhead: 40.5 }), []);
});

test("the subject moves along the first camera's view of it", () => {
  const subject = subjectAtDistance(DEFAULT, 2.5);
  assert.equal(subjectDistance({ ...DEFAULT, subject }), 2.5);
  assert.deepEqual(subject, [0, 0, 2.5]);
});

test("a subject at the first camera can be moved away from it", () => {
  assert.equal(subjectDistance({ ...DEFAULT, subject: subjectAtDistance({ ...DEFAULT, subject: [0, 0, 0] }, 3) }), 3);
});

test("the middle of the keys is the mean of where they stand", () => {
  const [a] = DEFAULT.keys;
  const keys = [a, { ...a, frame: 16, position: /** @type {[number, number, number]} */ ([3, 0, 4]) }];
  assert.ok(distance(middleOfKeys({ ...DEFAULT, keys }), [1.5, 0, 2]) < 1e-12);
});
