// The source picture, ready to be drawn through homographies: its pixels are read once, buffers are used again.

import { coverCrop } from "./homography.mjs";
import { boundsOf, outline, textureOf, warpInto } from "./warp.mjs";

/** @typedef {import("./homography.mjs").Homography} Homography */
/** @typedef {import("./warp.mjs").Raster} Raster */
/** @typedef {HTMLImageElement | HTMLCanvasElement} Image */
/**
 * @typedef {{draw: (context: CanvasRenderingContext2D, h: Homography, near: number, frame:
 *   import("./surface.mjs").Frame) => void}} Picture
 */

/** More of the picture than this would not be seen at the sizes of these views, and would cost time. */
const LONGEST_SIDE = 1024;
/**
 * Pixels warped at once; a larger area is drawn from coarser ones. The smaller number keeps a frame far below 16 ms.
 */
const MOST_PIXELS = { quick: 130_000, fine: 1_500_000 };

/**
 * The part of an image that the sampler will see.
 * @param {Image} image @param {number} aspect of the document
 * @returns {Picture | null} null while the image has no pixels
 */
export function createPicture(image, aspect) {
  const raster = readPixels(image, aspect);
  if (!raster) return null;
  const texture = textureOf(raster);
  const buffer = document.createElement("canvas");
  const bufferContext = buffer.getContext("2d", { willReadFrequently: true });
  /** @type {ImageData | null} */
  let data = null;

  return {
    draw(context, h, near, { size, scale, quick }) {
      const polygon = outline(h, near);
      const rect = polygon.length > 2 ? boundsOf(polygon, size) : null;
      if (!rect || !bufferContext) return;
      const most = quick ? MOST_PIXELS.quick : MOST_PIXELS.fine;
      const pixelSize = Math.max(1 / scale, Math.sqrt((rect.width * rect.height) / most));
      const [width, height] = [Math.ceil(rect.width / pixelSize), Math.ceil(rect.height / pixelSize)];
      if (buffer.width < width || buffer.height < height) {
        [buffer.width, buffer.height] = [Math.max(buffer.width, width), Math.max(buffer.height, height)];
      }
      if (!data || data.width !== width || data.height !== height) data = new ImageData(width, height);
      warpInto({ pixels: new Uint32Array(data.data.buffer), width, height }, rect, pixelSize, texture, h, polygon);
      bufferContext.putImageData(data, 0, 0);
      context.save();
      context.beginPath();
      for (const { x, y } of polygon) context.lineTo(x, y);
      context.closePath();
      context.clip();
      context.drawImage(buffer, 0, 0, width, height, rect.x, rect.y, width * pixelSize, height * pixelSize);
      context.restore();
    },
  };
}

/** @param {Image} image @param {number} aspect @returns {Raster | null} */
function readPixels(image, aspect) {
  const [fullWidth, fullHeight] =
    image instanceof HTMLImageElement ? [image.naturalWidth, image.naturalHeight] : [image.width, image.height];
  if (!fullWidth || !fullHeight) return null;
  const crop = coverCrop(fullWidth, fullHeight, aspect);
  const shrink = Math.min(1, LONGEST_SIDE / Math.max(crop.width, crop.height));
  const width = Math.max(2, Math.round(crop.width * shrink));
  const height = Math.max(2, Math.round(crop.height * shrink));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, crop.x, crop.y, crop.width, crop.height, 0, 0, width, height);
  return { pixels: new Uint32Array(context.getImageData(0, 0, width, height).data.buffer), width, height };
}

/**
 * A picture that follows its image and the document's aspect.
 * @returns {{setImage: (image: Image | null) => void, get: (aspect: number) => Picture | null}}
 */
export function pictureKeeper() {
  /** @type {Image | null} */
  let image = null;
  /** @type {{aspect: number, picture: Picture | null} | null} */
  let kept = null;
  return {
    setImage(next) {
      image = next;
      kept = null;
    },
    get(aspect) {
      if (!image) return null;
      if (kept?.aspect !== aspect || !kept.picture) kept = { aspect, picture: createPicture(image, aspect) };
      return kept.picture;
    },
  };
}
