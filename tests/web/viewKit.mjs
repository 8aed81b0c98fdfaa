// Shared by the tests of web/view: views that differ, and a document to look at.

import { documentFrom } from "../../web/editor/document.mjs";
import { lookAt } from "../../web/math/rotation.mjs";
import { orbit, projectionOf, standardView, START_VIEW } from "../../web/view/camera.mjs";
import { randomFrom } from "./kit.mjs";

export const SIZE = { width: 800, height: 500 };

/** Views from above and below, near and far, with perspective and without. */
export const VIEWS = [
  START_VIEW,
  orbit(START_VIEW, 300, -200),
  { ...orbit(START_VIEW, -120, 40), distance: 0.4 },
  standardView(START_VIEW, "top"),
  standardView(START_VIEW, "side"),
];
export const PROJECTIONS = VIEWS.map((view) => projectionOf(view, SIZE));

/** @param {number} seed @returns {() => import("../../web/math/vec.mjs").Vec3} points about the start view's target */
export function points(seed) {
  const random = randomFrom(seed);
  const number = () => random() * 2 - 1;
  return () => [number() * 0.8, number() * 0.5, 0.5 + number() * 0.8];
}

/** Four keys on an arc about the subject at (0, 0, 1). */
export function arcDocument(count = 4, frames = 81) {
  const keys = Array.from({ length: count }, (_, i) => {
    const t = count > 1 ? i / (count - 1) : 0;
    const position = [Math.sin(t * 1.2), -0.2 * t, 1 - Math.cos(t * 1.2)];
    return { frame: Math.round(t * (frames - 1)), position, rotation: lookAt(position, [0, 0, 1]), hfov_deg: 60 - 20 * t };
  });
  return documentFrom({
    format: "raxel-path", version: 1, frames, fps: 16, width: 832, height: 480, scale: "metric", subject: [0, 0, 1], keys,
  });
}
