// A canvas that is drawn only when something asked for it: at most once a frame of the screen, never while it is hidden
// or scrolled away, and as sharp as the screen at any zoom of the host.

/** @typedef {import("./camera.mjs").Size} Size */
/** Draws in CSS pixels, `scale` device pixels each; true asks for another frame. @typedef {(context: CanvasRenderingContext2D, size: Size, scale: number, now: number) => boolean | void} Draw */

/** Beyond this many pixels sharpness is not worth the time. */
const MOST_PIXELS = 6e6;
const MOST_SCALE = 3;

/**
 * Device pixels a CSS pixel of the canvas should have.
 * @param {number} cssWidth @param {number} cssHeight @param {number} ratio of the screen @param {number} zoom by the page's transforms
 */
export function backingScale(cssWidth, cssHeight, ratio, zoom) {
  const wanted = Math.min(MOST_SCALE, Math.max(1, ratio * zoom));
  return Math.min(wanted, Math.sqrt(MOST_PIXELS / Math.max(1, cssWidth * cssHeight)));
}

/** @param {HTMLCanvasElement} canvas @param {Draw} draw @returns {{requestDraw: () => void, size: () => Size, dispose: () => void}} */
export function createSurface(canvas, draw) {
  const context = canvas.getContext("2d", { alpha: false });
  let frame = 0;
  let isDirty = true;
  let isSeen = false;

  const size = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });

  function requestDraw() {
    isDirty = true;
    if (isSeen && frame === 0) frame = requestAnimationFrame(drawNow);
  }

  /** @param {number} now */
  function drawNow(now) {
    frame = 0;
    const { width, height } = size();
    if (!context || !isDirty || width < 2 || height < 2) return;
    isDirty = false;
    const scale = fitBacking(canvas, width, height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    if (draw(context, { width, height }, scale, now)) requestDraw();
  }

  const seen = new IntersectionObserver((entries) => {
    isSeen = entries[entries.length - 1].isIntersecting;
    if (isSeen && isDirty) requestDraw();
  });
  const resized = new ResizeObserver(requestDraw);
  seen.observe(canvas);
  resized.observe(canvas);
  return {
    requestDraw,
    size,
    dispose() {
      seen.disconnect();
      resized.disconnect();
      cancelAnimationFrame(frame);
      isSeen = false;
    },
  };
}

/** Gives the canvas the pixels it needs; changing them clears it. @param {HTMLCanvasElement} canvas @param {number} width CSS pixels @param {number} height */
function fitBacking(canvas, width, height) {
  const zoom = canvas.getBoundingClientRect().width / width || 1;
  const scale = backingScale(width, height, devicePixelRatio, zoom);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  return scale;
}
