// The source picture in the world: its homography, and the pixels that come out of it.

import assert from "node:assert/strict";
import test from "node:test";

import { cameraAt } from "../../web/math/path.mjs";
import { quatFromAxisAngleDeg } from "../../web/math/rotation.mjs";
import { frameOf, projectionOfCamera } from "../../web/view/camera.mjs";
import {
  applyHomography, coverCrop, homographyOf, picturePlane, planeCorners, pointOfPlane, subjectDepth,
} from "../../web/view/homography.mjs";
import { toScreen, toView } from "../../web/view/project.mjs";
import { boundsOf, inverseHomography, outline, textureOf, warpInto } from "../../web/view/warp.mjs";
import { pictureOf } from "../../web/view/sceneCameras.mjs";
import { assertClose, randomFrom } from "./kit.mjs";
import { PROJECTIONS, SIZE, arcDocument } from "./viewKit.mjs";

const document = arcDocument();
const plane = pictureOf(document);
const random = randomFrom(7);

/** @param {number} frame */
const through = (frame) => projectionOfCamera(cameraAt(document, frame), frameOf(document, SIZE), SIZE, 1e-3);

/** A picture whose red grows to the right and whose green grows downwards. @param {number} width @param {number} height */
function ramp(width, height) {
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green] = [Math.round((255 * (x + 0.5)) / width), Math.round((255 * (y + 0.5)) / height)];
      pixels[y * width + x] = (0xff000000 | (green << 8) | red) >>> 0;
    }
  }
  return { pixels, width, height };
}

/** @param {import("../../web/view/homography.mjs").Homography} h @param {any} rect @param {number} [pixelSize] */
function warped(h, rect, pixelSize = 1) {
  const [width, height] = [Math.ceil(rect.width / pixelSize), Math.ceil(rect.height / pixelSize)];
  const target = { pixels: new Uint32Array(width * height), width, height };
  warpInto(target, rect, pixelSize, textureOf(ramp(256, 256)), h, outline(h, 1e-3));
  return target;
}

test("the homography is the projection of the picture's points through both cameras", () => {
  const first = cameraAt(document, 0);
  for (const projection of [...PROJECTIONS, through(30), through(80)]) {
    const h = homographyOf(plane, projection);
    for (let i = 0; i < 20; i++) {
      const [u, v] = [random(), random()];
      const point = pointOfPlane(plane, u, v);
      const seen = toScreen(projection, point);
      const { x, y, w } = applyHomography(h, u, v);
      if (seen) assertClose([x, y], [seen.x, seen.y], 1e-7);
      if (projection.perspective) assertClose([w], [toView(projection, point)[2]]);
      // Back through the first camera the same point has the picture's own coordinates.
      const source = toScreen(projectionOfCamera(first, { x: 0, y: 0, width: 832, height: 480 }, SIZE, 1e-3), point);
      assertClose([source.x, source.y], [u * 832, v * 480], 1e-7);
    }
  }
});

test("at frame 0 the picture fills exactly the frame", () => {
  const frame = frameOf(document, SIZE);
  const h = homographyOf(plane, through(0));
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].flatMap(([u, v]) => {
    const { x, y } = applyHomography(h, u, v);
    return [x, y];
  });
  const { x, y, width, height } = frame;
  assertClose(corners, [x, y, x + width, y, x + width, y + height, x, y + height], 1e-9);
});

test("the plane stands across the first camera's axis at the subject's depth", () => {
  const camera = cameraAt(document, 0);
  assertClose([subjectDepth(camera, [3, 2, 1.5])], [1.5]);
  for (const corner of planeCorners(picturePlane(camera, 16 / 9, 1.5))) assertClose([corner[2]], [1.5]);
  assertClose([subjectDepth(camera, [0, 0, -2])], [2]); // behind: its distance stands in
  assertClose([subjectDepth(camera, [0, 0, 0])], [1]); // in the camera: anything but nothing
});

test("a homography and its inverse undo each other", () => {
  const h = homographyOf(plane, through(60));
  const back = inverseHomography(h);
  for (let i = 0; i < 20; i++) {
    const [u, v] = [random(), random()];
    const { x, y } = applyHomography(h, u, v);
    const again = applyHomography(back, x, y);
    assertClose([again.x, again.y], [u, v], 1e-9);
  }
});

test("a picture of another aspect is cropped about its middle, as the sampler does", () => {
  assert.deepEqual(coverCrop(1000, 1000, 2), { x: 0, y: 250, width: 1000, height: 500 });
  assert.deepEqual(coverCrop(1000, 500, 1), { x: 250, y: 0, width: 500, height: 500 });
  assert.deepEqual(coverCrop(640, 480, 4 / 3), { x: 0, y: 0, width: 640, height: 480 });
});

test("each warped pixel has the colour of the picture's point that projects to it", () => {
  for (const projection of [through(40), through(80), PROJECTIONS[0], PROJECTIONS[1]]) {
    const h = homographyOf(plane, projection);
    const rect = boundsOf(outline(h, 1e-3), SIZE);
    assert.ok(rect);
    const target = warped(h, rect);
    const back = inverseHomography(h);
    for (let i = 0; i < 300; i++) {
      const [column, row] = [Math.floor(random() * target.width), Math.floor(random() * target.height)];
      const { x: u, y: v } = applyHomography(back, rect.x + column + 0.5, rect.y + row + 0.5);
      const pixel = target.pixels[row * target.width + column];
      if (u > 0.01 && u < 0.99 && v > 0.01 && v < 0.99) {
        assertClose([pixel & 0xff, (pixel >> 8) & 0xff, pixel >>> 24], [255 * u, 255 * v, 255], 1.6);
      }
      if (u < -0.05 || u > 1.05) assert.equal(pixel, 0);
    }
  }
});

test("coarse pixels have the colours of the fine ones they stand for", () => {
  const h = homographyOf(plane, through(50));
  const rect = boundsOf(outline(h, 1e-3), SIZE);
  const [fine, coarse] = [warped(h, rect), warped(h, rect, 3)];
  for (let i = 0; i < 100; i++) {
    const [column, row] = [Math.floor(random() * (coarse.width - 4)) + 2, Math.floor(random() * (coarse.height - 4)) + 2];
    const [a, b] = [coarse.pixels[row * coarse.width + column], fine.pixels[(3 * row + 1) * fine.width + 3 * column + 1]];
    if (a && b) assertClose([a & 0xff, (a >> 8) & 0xff], [b & 0xff, (b >> 8) & 0xff], 5);
  }
});

test("a picture that reaches behind the eye is cut, not turned inside out", () => {
  const inside = { ...cameraAt(document, 0), position: /** @type {any} */ ([0.2, 0, 0.98]), rotation: quatFromAxisAngleDeg([0, 1, 0], 80) };
  const projection = projectionOfCamera(inside, frameOf(document, SIZE), SIZE, 1e-2);
  const h = homographyOf(plane, projection);
  const border = outline(h, 1e-2);
  assert.ok(border.length >= 3 && border.length <= 5);
  for (const { x, y } of border) assert.ok(Number.isFinite(x) && Number.isFinite(y));
  const away = projectionOfCamera({ ...inside, position: /** @type {any} */ ([0, 0, 3]), rotation: [1, 0, 0, 0] }, frameOf(document, SIZE), SIZE, 1e-2);
  assert.equal(outline(homographyOf(plane, away), 1e-2).length, 0);
});

test("each smaller level of a texture has the mean of the colours above it", () => {
  const levels = textureOf(ramp(64, 64));
  assert.deepEqual(levels.map(({ width }) => width), [64, 32, 16, 8]);
  const mean = (/** @type {Uint32Array} */ pixels) => pixels.reduce((sum, pixel) => sum + (pixel & 0xff), 0) / pixels.length;
  for (const level of levels) assertClose([mean(level.pixels)], [127.5], 2);
});
