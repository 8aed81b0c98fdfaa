// How sure an estimated path is of its frames, and which of them are doubtful.

/** Below this a frame is doubtful; raxel_core/geometry/doubt.py says the same of Python's paths. */
export const LOW_CONFIDENCE = 0.25;

/** A run of doubtful frames; both ends belong to it. @typedef {[first: number, last: number]} DoubtRun */

/**
 * The confidence of each frame. Fewer values than frames are spread evenly over the clip.
 * @param {readonly number[]} values at least one @param {number} frames @returns {number[]}
 */
export function overFrames(values, frames) {
  if (values.length === frames) return [...values];
  const step = frames > 1 ? (values.length - 1) / (frames - 1) : 0;
  return Array.from({ length: frames }, (_, frame) => values[Math.round(frame * step)]);
}

/** @param {readonly number[]} values one a frame @returns {DoubtRun[]} */
export function runsOfDoubt(values) {
  /** @type {DoubtRun[]} */
  const runs = [];
  values.forEach((value, frame) => {
    if (value >= LOW_CONFIDENCE) return;
    const last = runs[runs.length - 1];
    if (last?.[1] === frame - 1) last[1] = frame;
    else runs.push([frame, frame]);
  });
  return runs;
}
