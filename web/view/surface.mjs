// A canvas that is drawn only when something asked for it: at most once a frame of the screen, never while it is hidden
// or scrolled away, and as sharp as the screen at any zoom of the host.

/** @typedef {import("./camera.mjs").Size} Size */
/**
 * `scale`: device pixels a CSS pixel. `quick`: more frames will follow soon, and a finer one when they end. `now`:
 * ms.
 * @typedef {{size: Size, scale: number, quick: boolean, now: number}} Frame
 */
/**
 * Draws in CSS pixels; true asks for another frame.
 * @typedef {(context: CanvasRenderingContext2D, frame: Frame) => boolean | void} Draw
 */

/** Beyond this many pixels sharpness is not worth the time. */
const MOST_PIXELS = 6e6;
const MOST_SCALE = 3;
/** Frames that follow each other sooner belong to one motion; after as long a pause the last is drawn again, finely. */
const MOTION_MS = 130;

/**
 * Device pixels a CSS pixel of the canvas should have.
 * @param {number} cssWidth @param {number} cssHeight @param {number} ratio of the screen @param {number} zoom by the page's transforms
 */
export function backingScale(cssWidth, cssHeight, ratio, zoom) {
  const wanted = Math.min(MOST_SCALE, Math.max(1, ratio * zoom));
  return Math.min(wanted, Math.sqrt(MOST_PIXELS / Math.max(1, cssWidth * cssHeight)));
}

/**
 * @param {HTMLCanvasElement} canvas @param {Draw} draw
 * @returns {{requestDraw: () => void, size: () => Size, pixel: () => number, dispose: () => void}} pixel: of the
 *   screen, in CSS pixels
 */
export function createSurface(canvas, draw) {
  const context = canvas.getContext("2d", { alpha: false });
  let frame = 0;
  let isDirty = true;
  let isSeen = false;
  let last = -Infinity;
  let pixel = 1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

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
    const scale = fitBacking(canvas, { width, height });
    pixel = 1 / scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const quick = now - last < MOTION_MS;
    last = now;
    if (draw(context, { size: { width, height }, scale, quick, now })) requestDraw();
    clearTimeout(settling);
    if (quick) settling = setTimeout(requestDraw, MOTION_MS);
  }

  const seen = new IntersectionObserver((entries) => {
    isSeen = entries[entries.length - 1].isIntersecting;
    if (isSeen && isDirty) requestDraw();
  });
  // A canvas that just came draws within the frame that laid it out; the intersection is told only after it.
  const resized = new ResizeObserver(() => (last < 0 && isInWindow(canvas) ? drawNow(performance.now()) : requestDraw()));
  // The host's zoom changes no size that an observer sees; who comes to work on the canvas finds it sharp.
  const entered = () => {
    if (Math.abs(pixel * scaleOf(canvas, size()) - 1) > 0.01) requestDraw();
  };
  canvas.addEventListener("pointerenter", entered);
  seen.observe(canvas);
  resized.observe(canvas);
  return {
    requestDraw,
    size,
    pixel: () => pixel,
    dispose() {
      seen.disconnect();
      resized.disconnect();
      canvas.removeEventListener("pointerenter", entered);
      cancelAnimationFrame(frame);
      clearTimeout(settling);
      isSeen = false;
    },
  };
}

/** @param {HTMLElement} element */
function isInWindow(element) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return right > 0 && bottom > 0 && left < window.innerWidth && top < window.innerHeight;
}

/** Device pixels a CSS pixel of a canvas should have where it is now. @param {HTMLCanvasElement} canvas @param {Size} size CSS pixels */
export const scaleOf = (canvas, { width, height }) =>
  backingScale(width, height, devicePixelRatio, canvas.getBoundingClientRect().width / width || 1);

/** Gives the canvas the pixels it needs; changing them clears it. @param {HTMLCanvasElement} canvas @param {Size} size */
function fitBacking(canvas, size) {
  const { width, height } = size;
  const scale = scaleOf(canvas, size);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  return scale;
}

/**
 * Where elements lie over a canvas, in its CSS pixels; hidden ones and those beside it are left out.
 * @param {HTMLElement} canvas @param {HTMLElement[]} elements @returns {import("./camera.mjs").Rect[]}
 */
export function coveredBy(canvas, elements) {
  const own = canvas.getBoundingClientRect();
  const scale = own.width > 0 ? canvas.clientWidth / own.width : 1;
  return elements
    .map((element) => element.getBoundingClientRect())
    .filter(({ left, right, width }) => width > 0 && left < own.right && right > own.left)
    .filter(({ top, bottom }) => top < own.bottom && bottom > own.top)
    .map(({ left, top, width, height }) => ({
      x: (left - own.left) * scale, y: (top - own.top) * scale, width: width * scale, height: height * scale,
    }));
}
