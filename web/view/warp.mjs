// A picture through a homography, pixel by pixel: for each pixel of the canvas the point of the picture that is seen
// there. Exact for any turn of the view, without the seams of a mesh of triangles, and on this task faster than those or
// than a WebGL context without a graphics card (docs/benchmarks.md). Pure apart from the buffers that are handed in.

import { applyHomography } from "./homography.mjs";

/** @typedef {import("./homography.mjs").Homography} Homography */
/** @typedef {import("./hit.mjs").Point} Point */
/**
 * Opaque pixels, 0xAABBGGRR as ImageData has them on the little-endian machines that browsers run on.
 * @typedef {{pixels: Uint32Array, width: number, height: number}} Raster
 */
/**
 * A picture and its halves, quarters ..., so that it does not flicker where it is small.
 * @typedef {Raster[]} Texture
 */
/** @typedef {{x: number, y: number, width: number, height: number}} Rect */

/** Halving stops here. */
const SMALLEST_SIDE = 8;
const OPAQUE = 0xff000000;

/** @param {Raster} raster @returns {Texture} */
export function textureOf(raster) {
  const levels = [raster];
  let last = raster;
  while (Math.min(last.width, last.height) >= 2 * SMALLEST_SIDE) levels.push((last = halved(last)));
  return levels;
}

/** Each pixel the mean of four. @param {Raster} raster @returns {Raster} */
function halved({ pixels, width, height }) {
  const [w, h] = [width >> 1, height >> 1];
  const half = new Uint32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const i = 2 * y * width + 2 * x;
      half[y * w + x] = blend(pixels[i], pixels[i + 1], pixels[i + width], pixels[i + width + 1], 128, 128);
    }
  }
  return { pixels: half, width: w, height: h };
}

/**
 * Four pixels weighted bilinearly; u and v in 0..256. Red and blue are worked on together, as lanes of one number.
 * @param {number} a @param {number} b right of a @param {number} c below a @param {number} d @param {number} u @param {number} v
 */
function blend(a, b, c, d, u, v) {
  const wd = (u * v) >> 8;
  const [wb, wc] = [u - wd, v - wd];
  const wa = 256 - u - wc;
  const redBlue =
    Math.imul(a & 0xff00ff, wa) + Math.imul(b & 0xff00ff, wb) + Math.imul(c & 0xff00ff, wc) + Math.imul(d & 0xff00ff, wd);
  const green = ((a >>> 8) & 0xff) * wa + ((b >>> 8) & 0xff) * wb + ((c >>> 8) & 0xff) * wc + ((d >>> 8) & 0xff) * wd;
  return OPAQUE | (((redBlue + 0x800080) >>> 8) & 0xff00ff) | ((green + 0x80) & 0xff00);
}

/** The inverse of a homography, up to a factor. @param {Homography} h @returns {Homography} */
export function inverseHomography([a, b, c, d, e, f, g, h, i]) {
  return [
    e * i - f * h, c * h - b * i, b * f - c * e,
    f * g - d * i, a * i - c * g, c * d - a * f,
    d * h - e * g, b * g - a * h, a * e - b * d,
  ];
}

/**
 * The outline of the picture where it is no nearer than `near`; a convex polygon in pixels.
 * @param {Homography} h @param {number} near @returns {Point[]}
 */
export function outline(h, near) {
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([u, v]) => ({ u, v, w: applyHomography(h, u, v).w }));
  return corners
    .flatMap((corner, index) => {
      const next = corners[(index + 1) % 4];
      const own = corner.w >= near ? [corner] : [];
      if (corner.w >= near === next.w >= near) return own;
      const t = (near - corner.w) / (next.w - corner.w); // w is linear in u and v
      return [...own, { u: corner.u + t * (next.u - corner.u), v: corner.v + t * (next.v - corner.v) }];
    })
    .map(({ u, v }) => applyHomography(h, u, v));
}

/**
 * The whole pixels of the canvas that a polygon touches; null for none.
 * @param {Point[]} polygon @param {{width: number, height: number}} size @returns {Rect | null}
 */
export function boundsOf(polygon, { width, height }) {
  const [xs, ys] = [polygon.map(({ x }) => x), polygon.map(({ y }) => y)];
  const [x, y] = [Math.max(0, Math.floor(Math.min(...xs))), Math.max(0, Math.floor(Math.min(...ys)))];
  const [right, bottom] = [Math.min(width, Math.ceil(Math.max(...xs))), Math.min(height, Math.ceil(Math.max(...ys)))];
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : null;
}

/**
 * Where a row of pixels enters and leaves a convex polygon.
 * @param {Point[]} polygon @param {number} y @returns {[number, number] | null}
 */
function rowSpan(polygon, y) {
  let [left, right] = [Infinity, -Infinity];
  polygon.forEach((a, index) => {
    const b = polygon[(index + 1) % polygon.length];
    if (a.y > y === b.y > y) return;
    const x = a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x);
    left = Math.min(left, x);
    right = Math.max(right, x);
  });
  return left <= right ? [left, right] : null;
}

/**
 * The level whose pixels are about as large as those of the canvas.
 * @param {Texture} texture @param {Homography} h @param {number} pixelSize of the canvas's grid
 */
function levelFor(texture, h, pixelSize) {
  const step = 0.02;
  const at = (/** @type {number} */ u, /** @type {number} */ v) => applyHomography(h, u, v);
  const [o, a, b] = [at(0.5, 0.5), at(0.5 + step, 0.5), at(0.5, 0.5 + step)];
  const area = Math.abs((a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)) / (step * step * pixelSize * pixelSize);
  const texels = texture[0].width * texture[0].height;
  const level = Math.floor(0.5 * Math.log2(texels / Math.max(1, area)) + 0.25);
  return texture[Math.min(texture.length - 1, Math.max(0, level))];
}

/**
 * Writes what is seen of the picture into `target`, whose pixels are `pixelSize` wide and begin at (rect.x, rect.y) of
 * the canvas. Rows are filled one pixel beyond the outline with the picture's edge, for the painter to clip smoothly.
 * @param {Raster} target @param {Rect} rect @param {number} pixelSize
 * @param {Texture} texture @param {Homography} h @param {Point[]} polygon outline(h)
 */
export function warpInto(target, rect, pixelSize, texture, h, polygon) {
  const source = levelFor(texture, h, pixelSize);
  const inverse = inverseHomography(h);
  target.pixels.fill(0);
  const [top, bottom] = [Math.min(...polygon.map(({ y }) => y)), Math.max(...polygon.map(({ y }) => y))];
  for (let row = 0; row < target.height; row++) {
    const y = rect.y + (row + 0.5) * pixelSize;
    const span = rowSpan(polygon, Math.min(bottom - 1e-6, Math.max(top + 1e-6, y)));
    if (!span) continue;
    const start = Math.max(0, Math.floor((span[0] - rect.x) / pixelSize) - 1);
    const end = Math.min(target.width, Math.ceil((span[1] - rect.x) / pixelSize) + 1);
    warpRow(target, row, start, end, { x: rect.x + 0.5 * pixelSize, y, pixelSize }, source, inverse);
  }
}

/**
 * @param {Raster} target @param {number} row @param {number} start @param {number} end
 * @param {{x: number, y: number, pixelSize: number}} grid middle of the row's first pixel
 * @param {Raster} source @param {Homography} inverse
 */
function warpRow(target, row, start, end, grid, { pixels, width, height }, inverse) {
  const x = grid.x + start * grid.pixelSize;
  let u = (inverse[0] * x + inverse[1] * grid.y + inverse[2]) * width;
  let v = (inverse[3] * x + inverse[4] * grid.y + inverse[5]) * height;
  let w = inverse[6] * x + inverse[7] * grid.y + inverse[8];
  const { pixelSize } = grid;
  const [du, dv, dw] = [inverse[0] * width * pixelSize, inverse[3] * height * pixelSize, inverse[6] * pixelSize];
  const [lastX, lastY] = [width - 1.001, height - 1.001];
  const output = target.pixels;
  for (let i = row * target.width + start, last = row * target.width + end; i < last; i++) {
    // Pixel (0, 0) has its middle at (0.5, 0.5).
    const px = Math.min(lastX, Math.max(0, u / w - 0.5));
    const py = Math.min(lastY, Math.max(0, v / w - 0.5));
    const [ix, iy] = [px | 0, py | 0];
    const at = iy * width + ix;
    const [right, down] = [((px - ix) * 256) | 0, ((py - iy) * 256) | 0];
    output[i] = blend(pixels[at], pixels[at + 1], pixels[at + width], pixels[at + width + 1], right, down);
    u += du;
    v += dv;
    w += dw;
  }
}
