// A part of a view that seldom changes, kept as pixels: while a key is dragged the ground and the picture stay.

/** @typedef {import("./camera.mjs").Size} Size */

/**
 * @returns {{draw: (context: CanvasRenderingContext2D, size: Size, scale: number, dependsOn: unknown[], paint: (context: CanvasRenderingContext2D) => void) => void}}
 * draws what `paint` painted last, and paints anew where something it depends on is another value
 */
export function createLayer() {
  const canvas = document.createElement("canvas");
  const own = canvas.getContext("2d", { alpha: false });
  /** @type {unknown[]} */
  let known = [];
  return {
    draw(context, { width, height }, scale, dependsOn, paint) {
      const current = [width, height, scale, ...dependsOn];
      if (!own) return paint(context);
      if (current.length !== known.length || current.some((value, index) => !Object.is(value, known[index]))) {
        known = current;
        const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
        if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
        own.setTransform(scale, 0, 0, scale, 0, 0);
        paint(own);
      }
      context.drawImage(canvas, 0, 0, width, height);
    },
  };
}
