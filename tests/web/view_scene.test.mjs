// What a scene is made of, what the pointer takes in it, and what a stroke becomes.

import assert from "node:assert/strict";
import test from "node:test";

import { initialState } from "../../web/editor/reduce.mjs";
import { cameraAt, samplePath } from "../../web/math/path.mjs";
import { quatConjugate, quatRotate } from "../../web/math/rotation.mjs";
import { distance, subtract } from "../../web/math/vec.mjs";
import { START_VIEW, fit, projectionOf, projectionOfCamera, standardView } from "../../web/view/camera.mjs";
import { frustumDepth, frustumPoints } from "../../web/view/frustum.mjs";
import { niceStep } from "../../web/math/niceStep.mjs";
import { gridPlane, gridPrimitives, groundLevel } from "../../web/view/grid.mjs";
import { distanceTo, isInside, pick } from "../../web/view/hit.mjs";
import { toScreen } from "../../web/view/project.mjs";
import { backdropValues, pointsToSee, scenePrimitives } from "../../web/view/scene.mjs";
import { canDrawOn, pointOnDrawPlane, strokeKeys } from "../../web/view/stroke.mjs";
import { backingScale } from "../../web/view/surface.mjs";
import { frameAt, targetsOf } from "../../web/view/targets.mjs";
import { luminance, themeOf } from "../../web/view/theme.mjs";
import { gizmoOf, sceneOf, startState } from "../../web/view/viewState.mjs";
import { assertClose } from "./kit.mjs";
import { SIZE, arcDocument } from "./viewKit.mjs";

const document = arcDocument();
const theme = themeOf([32, 32, 32], [220, 220, 220]);
const view = startState(fit(START_VIEW, pointsToSee(document, samplePath(document).map(({ position }) => position), null, true), SIZE, 40));

/** @param {number[]} [selection] @param {object} [more] */
function scene(selection = [], more = {}) {
  const editor = { ...initialState(document), selection, ...more };
  return { editor, scene: sceneOf(view, editor, SIZE, { theme, options: {}, overlay: null, hasPicture: false, pixel: 1 }) };
}

/** @param {any} from @param {any} editor @param {import("../../web/view/hit.mjs").Point} at @param {number} reach */
const taken = (from, editor, at, reach) => pick(targetsOf(from, gizmoOf(view, editor, {})), at.x, at.y, reach);

test("the pointer takes the nearest handle within reach, and nothing beyond", () => {
  const disc = (/** @type {number} */ x) => ({ item: x, tier: 1, shape: /** @type {const} */ ({ kind: "disc", x, y: 0, radius: 4 }) });
  assert.equal(pick([disc(0), disc(20)], 9, 0, 7), 0);
  assert.equal(pick([disc(0), disc(20)], 12, 0, 7), 20);
  assert.equal(pick([disc(0), disc(40)], 20, 0, 7), null);
  assert.equal(pick([disc(0), disc(40)], 21, 0, 20), 40);
});

test("of two things under the pointer the handle wins, and a thing under it beats one beside it", () => {
  const at = (/** @type {string} */ item, /** @type {number} */ tier, /** @type {number} */ x) => ({ item, tier, shape: /** @type {const} */ ({ kind: "disc", x, y: 0, radius: 10 }) });
  assert.equal(pick([at("key", 5, 0), at("handle", 1, 4)], 1, 0, 7), "handle");
  assert.equal(pick([at("handle", 1, 4), at("key", 5, 0)], 1, 0, 7), "handle");
  assert.equal(pick([at("key", 5, 0), at("handle", 1, 15)], 2, 0, 7), "key");
});

test("distances to lines and polygons are those of plane geometry", () => {
  const square = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 10, y: 10 }, { x: 0, y: 10 }];
  assert.ok(isInside(square, 5, 5) && !isInside(square, 11, 5));
  assert.equal(distanceTo({ kind: "polygon", points: square }, 5, 5), 0);
  assert.equal(distanceTo({ kind: "polygon", points: square }, 13, 14), 5);
  assert.equal(distanceTo({ kind: "line", points: square.slice(0, 2), halfWidth: 1 }, 5, 7), 6);
});

test("every key can be taken at its place, and the path between them tells its frame", () => {
  const { scene: shown, editor } = scene();
  document.keys.forEach((key, index) => {
    const point = toScreen(shown.projection, key.position);
    assert.deepEqual(taken(shown, editor, point, 7), { kind: "key", index });
  });
  const between = toScreen(shown.projection, samplePath(document)[13].position);
  assert.equal(taken(shown, editor, between, 7)?.kind, "path");
  assert.equal(frameAt(shown, between), 13);
  assert.equal(taken(shown, editor, { x: 5, y: 490 }, 7), null);
});

test("the subject can be taken by its ring while a key's aim lies on it", () => {
  const { scene: shown, editor } = scene([1]);
  const point = toScreen(shown.projection, document.subject);
  assert.deepEqual(taken(shown, editor, point, 7), { kind: "handle", id: "aim" });
  assert.deepEqual(taken(shown, editor, { x: point.x + 12, y: point.y }, 2), { kind: "subject" });
});

test("one key has an aim and a roll, several have turns and a scale, a drawing tool leaves no handles", () => {
  const ids = (/** @type {any} */ editor) => targetsOf(scene().scene, gizmoOf(view, editor, {})).flatMap(({ item }) => (item.kind === "handle" ? [item.id] : []));
  const one = ids(scene([1]).editor);
  const two = ids(scene([1, 2]).editor);
  assert.ok(one.includes("aim") && one.includes("roll") && one.includes("free") && !one.includes("scale"));
  assert.ok(two.includes("scale") && two.includes("turn:y") && !two.includes("aim"));
  assert.equal(gizmoOf(view, scene([1], { tool: "draw_ground" }).editor, {}), null);
});

test("a selected key is drawn in another shape, not only in another colour", () => {
  const discs = (/** @type {number[]} */ selection) => scenePrimitives(scene(selection).scene).filter((primitive) => primitive.kind === "disc" && primitive.radius === 8.5).length;
  assert.equal(discs([]), 4);
  assert.equal(discs([2]), 3);
  const diamonds = scenePrimitives(scene([2]).scene).filter((primitive) => primitive.kind === "path" && primitive.fill === theme.selection && primitive.points.length === 4);
  assert.equal(diamonds.length, 1);
});

test("a frustum's corners are the corners of its camera's frame, and its tick is above them", () => {
  const camera = cameraAt(document, 40);
  const frame = { x: 0, y: 0, width: 832, height: 480 };
  const own = projectionOfCamera(camera, frame, SIZE, 1e-4);
  const { corners, tick } = frustumPoints(camera, 832 / 480, 0.2);
  const seen = corners.flatMap((corner) => {
    const { x, y } = /** @type {any} */ (toScreen(own, corner));
    return [x, y];
  });
  assertClose(seen, [0, 0, 832, 0, 832, 480, 0, 480], 1e-6);
  for (const point of tick) assert.ok(/** @type {any} */ (toScreen(own, point)).y < 0);
  assertClose([quatRotate(quatConjugate(camera.rotation), subtract(tick[2], camera.position))[0]], [0]);
});

test("frustums keep between 17 and 44 pixels from near and from far", () => {
  for (const distance of [0.2, 2, 30]) {
    const projection = projectionOf({ ...START_VIEW, distance }, SIZE);
    const pixels = frustumDepth(projection, START_VIEW.target, 1) * (projection.focal / distance);
    assert.ok(pixels >= 17 - 1e-9 && pixels <= 44 + 1e-9, `${pixels}`);
  }
});

test("grid steps are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual([0.03, 0.21, 1, 1.01, 7, 43].map((value) => Number(niceStep(value).toPrecision(6))), [0.05, 0.5, 1, 2, 10, 50]);
  assert.ok(groundLevel(0, 1) > 0); // below: y points down
});

test("the grid lies on the ground, and in flat side views on the plane one looks at", () => {
  const flat = (/** @type {any} */ name) => gridPlane(projectionOf(standardView(START_VIEW, name), SIZE), 0.4);
  assert.deepEqual(flat("top"), { first: 0, second: 2, level: 0.4 });
  assert.deepEqual(flat("front"), { first: 0, second: 1, level: 0 });
  assert.deepEqual(flat("side"), { first: 2, second: 1, level: 0 });
  assert.deepEqual(flat("perspective"), { first: 0, second: 2, level: 0.4 });
});

test("grid labels count upwards as positive", () => {
  const projection = projectionOf({ ...standardView(START_VIEW, "front"), target: [0, 0, 0] }, SIZE);
  const primitives = gridPrimitives(projection, gridPlane(projection, 0), [0, 0, 0], theme, (value) => `${value}`);
  const above = primitives.filter((primitive) => primitive.kind === "text" && primitive.y < 200 && Math.abs(primitive.x - 404) < 3);
  assert.ok(above.length > 0);
  for (const primitive of above) assert.ok(primitive.kind === "text" && Number(primitive.text) > 0);
});

test("the backdrop is painted anew for another view, never for a later key", () => {
  const values = (/** @type {any} */ from) => JSON.stringify(backdropValues({ ...from, theme: null }));
  const moved = { ...document, keys: document.keys.map((key, i) => (i === 2 ? { ...key, position: /** @type {any} */ ([9, 9, 9]) } : key)) };
  const other = { ...scene().scene, document: moved };
  assert.equal(values(other), values(scene().scene));
  const first = { ...document, keys: document.keys.map((key, i) => (i === 0 ? { ...key, hfov_deg: 20 } : key)) };
  assert.notEqual(values({ ...scene().scene, document: first }), values(scene().scene));
});

test("a stroke on the ground becomes keys at the first camera's height, near the line that was drawn", () => {
  const projection = projectionOf({ ...standardView(START_VIEW, "top"), target: [0, 0, 0.5] }, SIZE);
  const start = toScreen(projection, document.keys[0].position);
  const pixels = Array.from({ length: 60 }, (_, i) => ({ x: start.x + 3 * i + (i ? 0 : 5), y: start.y - 50 * Math.sin(i / 12) }));
  const keys = strokeKeys("draw_ground", document, projection, pixels);
  assert.ok(keys.length >= 2 && keys.length <= 12);
  assert.deepEqual([keys[0].frame, keys[keys.length - 1].frame], [0, document.frames - 1]);
  assertClose(keys[0].position, document.keys[0].position, 1e-6); // begun within a finger of the first camera
  for (const { position } of keys) {
    assertClose([position[1]], [document.keys[0].position[1]]);
    const pixel = toScreen(projection, position);
    assert.ok(Math.min(...pixels.map(({ x, y }) => Math.hypot(x - pixel.x, y - pixel.y))) < 8);
  }
});

test("a click is no stroke, and what is drawn beyond the horizon is left out", () => {
  const projection = projectionOf(START_VIEW, SIZE);
  assert.deepEqual(strokeKeys("draw_ground", document, projection, [{ x: 100, y: 300 }]), []);
  assert.equal(pointOnDrawPlane("draw_ground", document, projection, { x: 400, y: -4000 }), null);
  const horizon = projection.centerY - projection.focal * Math.tan(START_VIEW.pitch);
  assert.equal(pointOnDrawPlane("draw_ground", document, projection, { x: 400, y: horizon + 0.5 }), null);
  const side = projectionOf(standardView(START_VIEW, "side"), SIZE);
  assert.ok(canDrawOn("draw_side", side) && !canDrawOn("draw_ground", side));
  const point = pointOnDrawPlane("draw_side", document, side, { x: 300, y: 200 });
  assert.ok(point && Math.abs(point[0] - document.keys[0].position[0]) < 1e-9);
  assert.ok(distance(point, document.keys[0].position) < 30);
});

test("a theme is dark or light as its ground is, and text that would vanish is replaced", () => {
  assert.ok(themeOf([32, 32, 32], [221, 221, 221]).dark);
  assert.ok(!themeOf([245, 245, 245], [20, 20, 20]).dark);
  assert.equal(themeOf([32, 32, 32], [40, 40, 40]).foreground, "rgba(235, 235, 235, 1)");
  assertClose([luminance([255, 255, 255]), luminance([0, 0, 0])], [1, 0]);
});

test("a canvas has a pixel for each of the screen's, also zoomed, up to a limit", () => {
  assert.equal(backingScale(400, 300, 2, 1), 2);
  assert.equal(backingScale(400, 300, 1, 1.5), 1.5);
  assert.equal(backingScale(400, 300, 1, 0.3), 1);
  const large = backingScale(3000, 2000, 3, 1);
  assert.ok(3000 * 2000 * large * large <= 6e6 + 1);
});

test("doubtful stretches and their keys are fainter, and dotted; the sure ones stay as they were", () => {
  const doubtful = { ...document, confidence: Array.from({ length: document.frames }, (_, frame) => (frame < document.frames / 2 ? 0.1 : 1)) };
  const drawn = (/** @type {typeof document} */ path) => {
    const editor = initialState(path);
    const shown = sceneOf(view, editor, SIZE, { theme, options: {}, overlay: null, hasPicture: false, pixel: 1 });
    return scenePrimitives(shown).filter((each) => "color" in each && each.color === theme.path);
  };
  const alphas = (/** @type {any[]} */ lines) => lines.map(({ alpha = 1 }) => alpha);
  const [sure, marked] = [drawn(document), drawn(doubtful)];
  const dotted = marked.filter((each) => "dash" in each && each.dash);
  assert.ok(dotted.length > 0 && !sure.some((each) => "dash" in each && each.dash));
  assert.ok(Math.max(...alphas(dotted)) < Math.max(...alphas(sure)) / 2);
  assert.equal(Math.max(...alphas(marked)), Math.max(...alphas(sure)));
  assert.ok(Math.min(...alphas(marked)) < Math.min(...alphas(sure)), "keys too");
});
