// Paths from outside (a wired trajectory, a preset, a file) as a few keys. No DOM.

import { fitKeys } from "../math/fit.mjs";
import { quatRotate } from "../math/rotation.mjs";
import { camerasFromRows } from "../math/rows.mjs";
import { length, normalize, subtract } from "../math/vec.mjs";
import { documentFrom } from "./document.mjs";
import { withConfidence } from "./doubt.mjs";
import { subjectDistance } from "./pose.mjs";

/** @typedef {import("./context.mjs").Seed} Seed */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */
/** @typedef {import("../math/path.mjs").Camera} Camera */

/** How far the keys' path may stray from the seed: share of the subject distance, degrees, keys. @typedef {{position: number, rotationDeg: number, maxKeys: number}} Tolerance */

/** For a path that was measured or made elsewhere. @type {Tolerance} */
const FINE = { position: 0.005, rotationDeg: 0.25, maxKeys: 60 };

/** For a preset, which is only the beginning of a path: fewer keys are easier to edit. @type {Tolerance} */
export const COARSE = { position: 0.015, rotationDeg: 0.5, maxKeys: 24 };

/** A camera counts as aimed where its axis passes the subject within this angle's cosine (0.05 degrees). */
const AIMED_COSINE = Math.cos((0.05 * Math.PI) / 180);

/** Whether every camera looks at the point. @param {Camera[]} cameras @param {import("../math/vec.mjs").Vec3} point */
export function allAimedAt(cameras, point) {
  return cameras.every(({ position, rotation }) => {
    const view = subtract(point, position);
    if (length(view) < 1e-9) return false;
    const axis = quatRotate(rotation, [0, 0, 1]);
    const towards = normalize(view);
    return axis[0] * towards[0] + axis[1] * towards[1] + axis[2] * towards[2] >= AIMED_COSINE;
  });
}

/**
 * The document with the seed's path in place of its own: size, rate and length of the seed, and the fingerprint by which
 * it is known again, with its confidence where it has any. What the document holds beside that is kept. A path that looks at the subject all along is aimed at it.
 * Throws a PathError for a path that no document may hold, such as one of too many frames.
 * @param {Seed} seed @param {PathDocument} document whose subject and own entries stay @param {Tolerance} [tolerance]
 * @returns {PathDocument}
 */
export function documentFromSeed(seed, document, tolerance = FINE) {
  const cameras = camerasFromRows(seed.cameras);
  const frames = Math.max(seed.frames, cameras.length);
  const unit = subjectDistance({ ...document, keys: [{ ...document.keys[0], ...cameras[0] }] }) || 1;
  const aim = allAimedAt(cameras, document.subject) ? "subject" : "free";
  const keys = fitKeys(cameras, {
    positionTolerance: tolerance.position * unit,
    rotationToleranceDeg: tolerance.rotationDeg,
    maxKeys: tolerance.maxKeys,
    aim,
    subject: document.subject,
  });
  return documentFrom({
    ...withConfidence(document, seed.confidence),
    frames,
    fps: frames > cameras.length ? wholeRate(seed, frames) : seed.fps,
    width: seed.width,
    height: seed.height,
    scale: seed.scale,
    aim,
    seed: seed.fingerprint,
    keys: spread(keys, cameras.length, frames),
  });
}

/** A thinned path's rate is that of the cameras that are left, in seven digits. @param {Seed} seed @param {number} frames */
const wholeRate = ({ fps, cameras }, frames) =>
  Number(((fps * (frames - 1)) / Math.max(1, cameras.length - 1)).toPrecision(6));

/** Keys of a thinned path at the frames of the whole one. @param {readonly import("./document.mjs").Key[]} keys @param {number} from @param {number} to */
function spread(keys, from, to) {
  if (from === to || from < 2) return keys;
  return keys.map((key) => ({ ...key, frame: Math.round((key.frame * (to - 1)) / (from - 1)) }));
}

/** The fingerprint of the seed a document was made from. @param {PathDocument} document */
export const seedOf = (document) => /** @type {{seed?: unknown}} */ (document).seed ?? null;

/** Whether taking the seed again would change something. @param {Seed | null} seed @param {PathDocument} document */
export const seedDiffers = (seed, document) =>
  seed !== null && (document.edited || seedOf(document) !== seed.fingerprint);
