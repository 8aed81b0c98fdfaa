// A short way from one view to another, so that one keeps one's bearings.

import { between } from "./camera.mjs";

/** @typedef {import("./camera.mjs").ViewCamera} ViewCamera */

/**
 * @typedef {object} Motion
 * @property {(from: ViewCamera, to: ViewCamera) => void} start
 * @property {() => void} stop where it is
 * @property {() => ViewCamera | null} target of the motion that is under way
 * @property {(camera: ViewCamera, now: number) => ViewCamera} step the view at this moment; the given one without a motion
 */

const MOTION_MS = 220;

/** @returns {Motion} */
export function createMotion() {
  /** @type {{from: ViewCamera, to: ViewCamera, start: number} | null} */
  let motion = null;
  return {
    start: (from, to) => void (motion = { from, to, start: performance.now() }),
    stop: () => void (motion = null),
    target: () => motion?.to ?? null,
    step(camera, now) {
      if (!motion) return camera;
      const { from, to, start } = motion;
      const t = Math.min(1, Math.max(0, (now - start) / MOTION_MS));
      if (t === 1) motion = null;
      return between(from, to, 1 - (1 - t) ** 3);
    },
  };
}
