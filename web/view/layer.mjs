// A part of a view that seldom changes, kept as pixels: while a key is dragged the ground and the picture stay.

/** @typedef {import("./surface.mjs").Frame} Frame */

/**
 * @returns {{draw: (context: CanvasRenderingContext2D, frame: Frame, dependsOn: unknown[],
 *   paint: (context: CanvasRenderingContext2D) => void) => void}}
 * draws what `paint` painted last, and paints anew where something it depends on is another value, or where it was
 * painted quickly and there is time now
 */
export function createLayer() {
  const canvas = document.createElement("canvas");
  const own = canvas.getContext("2d", { alpha: false });
  /** @type {unknown[]} */
  let known = [];
  let wasQuick = false;
  return {
    draw(context, { size: { width, height }, scale, quick }, dependsOn, paint) {
      if (!own) return paint(context);
      const current = [width, height, scale, ...dependsOn];
      if (!isEqual(current, known) || (wasQuick && !quick)) {
        [known, wasQuick] = [current, quick];
        const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
        if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
        own.setTransform(scale, 0, 0, scale, 0, 0);
        paint(own);
      }
      context.drawImage(canvas, 0, 0, width, height);
    },
  };
}

/** Whether two lists hold the same values. @param {unknown[]} a @param {unknown[]} b */
export const isEqual = (a, b) => a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
