// Four ways to draw one picture in perspective on a 2D canvas, for bench/editor.py: pixel by pixel (ours), triangles by
// clipping, triangles by patterns, and a WebGL2 context. Runs in the page; times are milliseconds, the fastest fifth.

import { applyHomography } from "../web/view/homography.mjs";
import { createPicture } from "../web/view/picture.mjs";

/** @typedef {import("../web/view/homography.mjs").Homography} Homography */
/** @typedef {{u: number, v: number, x: number, y: number}} Corner */

const [WIDTH, HEIGHT] = [832, 480];
const ROUNDS = 3;

/** Views that turn back and forth. @type {Homography[]} */
const VIEWS = Array.from({ length: 40 }, (_, i) => {
  const turn = 0.1 + 0.3 * Math.sin(i / 8);
  return [WIDTH * (1 + 0.2 * turn), 20 * turn, -10, -10 * turn, HEIGHT, 5, turn, 0.5 * turn, 1];
});

const VERTEX = `#version 300 es
uniform mat3 h;
uniform vec2 size;
out vec2 uv;
void main() {
  uv = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec3 q = h * vec3(uv, 1.0);
  gl_Position = vec4(q.x / size.x * 2.0 - q.z, q.z - q.y / size.y * 2.0, 0.0, q.z);
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
uniform sampler2D picture;
in vec2 uv;
out vec4 color;
void main() { color = texture(picture, uv); }`;

/** @param {string} address of a picture @returns {Promise<Record<string, number>>} */
export async function compareWarps(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const bitmap = await createImageBitmap(image);
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  return {
    "pixel by pixel (ours)": timed(context, pixelByPixel(context, image, false)),
    "pixel by pixel, while the view moves": timed(context, pixelByPixel(context, image, true)),
    "512 triangles, clipped": timed(context, byClipping(context, bitmap)),
    "512 triangles, patterns": timed(context, byPatterns(context, bitmap)),
    "WebGL2, then drawn onto the canvas": timed(context, byWebgl(context, bitmap)),
  };
}

/** @param {CanvasRenderingContext2D} context @param {(h: Homography) => void} draw */
function timed(context, draw) {
  /** @type {number[]} */
  const times = [];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const view of VIEWS) {
      const start = performance.now();
      draw(view);
      context.getImageData(0, 0, 1, 1); // waits until it is painted
      if (round > 0) times.push(performance.now() - start);
    }
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 5)];
}

/** @param {CanvasRenderingContext2D} context @param {HTMLImageElement} image @param {boolean} quick */
function pixelByPixel(context, image, quick) {
  const picture = createPicture(image, WIDTH / HEIGHT);
  const frame = { size: { width: WIDTH, height: HEIGHT }, scale: 1, quick, now: 0 };
  return (/** @type {Homography} */ h) => picture?.draw(context, h, 0.01, frame);
}

/** @param {Homography} h @param {number} cells a side @returns {Corner[][]} */
function triangles(h, cells) {
  const corner = (/** @type {number} */ i, /** @type {number} */ j) => ({ u: i / cells, v: j / cells, ...applyHomography(h, i / cells, j / cells) });
  return Array.from({ length: cells * cells }, (_, index) => {
    const [i, j] = [index % cells, Math.floor(index / cells)];
    const [a, b, c, d] = [corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)];
    return [[a, b, d], [c, d, b]];
  }).flat();
}

/** @param {Corner[]} triangle @param {ImageBitmap} bitmap @returns {[number, number, number, number, number, number]} */
function affine([p, q, r], { width, height }) {
  const [u1, v1, u2, v2] = [(q.u - p.u) * width, (q.v - p.v) * height, (r.u - p.u) * width, (r.v - p.v) * height];
  const area = u1 * v2 - u2 * v1;
  const [x1, y1, x2, y2] = [q.x - p.x, q.y - p.y, r.x - p.x, r.y - p.y];
  const [a, b] = [(x1 * v2 - x2 * v1) / area, (y1 * v2 - y2 * v1) / area];
  const [c, d] = [(x2 * u1 - x1 * u2) / area, (y2 * u1 - y1 * u2) / area];
  const [u, v] = [p.u * width, p.v * height];
  return [a, b, c, d, p.x - a * u - c * v, p.y - b * u - d * v];
}

/** @param {CanvasRenderingContext2D} context @param {Corner[]} corners */
function trace(context, corners) {
  context.beginPath();
  for (const { x, y } of corners) context.lineTo(x, y);
  context.closePath();
}

/** @param {CanvasRenderingContext2D} context @param {ImageBitmap} bitmap */
const byClipping = (context, bitmap) => (/** @type {Homography} */ h) => {
  for (const triangle of triangles(h, 16)) {
    context.save();
    trace(context, triangle);
    context.clip();
    context.transform(...affine(triangle, bitmap));
    context.drawImage(bitmap, 0, 0);
    context.restore();
  }
};

/** @param {CanvasRenderingContext2D} context @param {ImageBitmap} bitmap */
function byPatterns(context, bitmap) {
  const pattern = /** @type {CanvasPattern} */ (context.createPattern(bitmap, "no-repeat"));
  return (/** @type {Homography} */ h) => {
    context.fillStyle = pattern;
    for (const triangle of triangles(h, 16)) {
      pattern.setTransform(new DOMMatrix(affine(triangle, bitmap)));
      trace(context, triangle);
      context.fill();
    }
  };
}

/** @param {CanvasRenderingContext2D} context @param {ImageBitmap} bitmap */
function byWebgl(context, bitmap) {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const gl = canvas.getContext("webgl2", { antialias: false });
  if (!gl) return () => undefined;
  const program = /** @type {WebGLProgram} */ (gl.createProgram());
  for (const [type, source] of /** @type {[number, string][]} */ ([[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(type));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.generateMipmap(gl.TEXTURE_2D);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
  gl.uniform2f(gl.getUniformLocation(program, "size"), WIDTH, HEIGHT);
  const place = gl.getUniformLocation(program, "h");
  return (/** @type {Homography} */ h) => {
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniformMatrix3fv(place, true, h);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    context.drawImage(canvas, 0, 0);
  };
}
