// What is known of the runs of the samplers: the newest step, then the finished films. Plain values and one small store;
// no DOM. Nodes come and go (tabs, subgraphs, undo), so a run is kept here under its workflow and execution id.

/**
 * A message of the server (nodes/live.py). `frames` is a data URL of `count` pictures, `width` x `height`, side by side.
 * @typedef {object} StepNews
 * @property {string} node execution id, "1:2:3" inside subgraphs
 * @property {string} workflow id of the workflow that was queued, "" when nobody told
 * @property {number} step done, of `total`
 * @property {number} total
 * @property {number} take from 0, of `takes`
 * @property {number} takes
 * @property {string | null} frames
 * @property {number} count
 * @property {number} width
 * @property {number} height
 * @property {number[][] | null} cameras x, y, z, qw, qx, qy, qz, hfov_deg
 */

/**
 * A finished take (nodes/clips.py).
 * @typedef {object} Clip
 * @property {string} filename
 * @property {string} subfolder
 * @property {string} type
 * @property {number} fps
 * @property {number} frames
 * @property {number} width
 * @property {number} height
 * @property {string} seed
 * @property {string} workflow
 * @property {number[][] | null} cameras
 * @property {boolean} [kept] of several takes the one that a closed loop kept
 */

/** @typedef {{running: boolean, news: StepNews | null, clips: readonly Clip[], chosen: number}} Run */
/** @typedef {{workflow: string, node: string}} Address */

/** @type {Run} */
export const EMPTY = Object.freeze({ running: false, news: null, clips: [], chosen: 0 });

/** More runs than that are forgotten, oldest first: a strip is some ten kilobytes. */
const MOST_RUNS = 32;

/**
 * The run after a message. A step without frames or cameras leaves the last ones of its take standing.
 * @param {Run} run @param {StepNews} news @returns {Run}
 */
export function withStep(run, news) {
  const before = run.running && run.news?.take === news.take ? run.news : null;
  const strip = news.frames || !before ? news : before;
  const { frames, count, width, height } = strip;
  const cameras = news.cameras ?? before?.cameras ?? null;
  return { running: true, news: { ...news, frames, count, width, height, cameras }, clips: [], chosen: 0 };
}

/** The run with its films; the last step stays for a page that cannot play them. @param {Run} run @param {readonly Clip[]} clips @returns {Run} */
export const withClips = (run, clips) => ({ ...run, running: false, clips, chosen: Math.max(0, clips.findIndex(({ kept }) => kept)) });

/** @param {Run} run @returns {Run} */
export const ended = (run) => (run.running ? { ...run, running: false } : run);

/** @param {Run} run @param {number} chosen @returns {Run} */
export const withChosen = (run, chosen) => ({ ...run, chosen: Math.min(Math.max(chosen, 0), run.clips.length - 1) });

/** Whether there is anything to see. @param {Run} run */
export const hasContent = (run) => run.clips.length > 0 || Boolean(run.news && (run.running || run.news.frames || run.news.cameras));

/**
 * @typedef {object} Runs
 * @property {(matches: (address: Address) => boolean) => {key: string, run: Run} | null} find the newest that matches
 * @property {(address: Address, change: (run: Run) => Run) => void} update
 * @property {(key: string, change: (run: Run) => Run) => void} updateAt
 * @property {() => void} endAll
 * @property {() => void} tell everybody to look again
 * @property {(listener: () => void) => () => void} subscribe
 */

/** @returns {Runs} */
export function createRuns() {
  /** @type {Map<string, {address: Address, run: Run}>} newest last */
  const kept = new Map();
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const tell = () => listeners.forEach((listener) => listener());
  return {
    find(matches) {
      for (const [key, { address, run }] of [...kept].reverse()) if (matches(address)) return { key, run };
      return null;
    },
    update(address, change) {
      const key = `${address.workflow}#${address.node}`;
      const run = change(kept.get(key)?.run ?? EMPTY);
      kept.delete(key);
      kept.set(key, { address, run });
      for (const old of [...kept.keys()].slice(0, -MOST_RUNS)) kept.delete(old);
      tell();
    },
    updateAt(key, change) {
      const entry = kept.get(key);
      if (!entry) return;
      kept.set(key, { ...entry, run: change(entry.run) });
      tell();
    },
    endAll() {
      for (const [key, entry] of kept) kept.set(key, { ...entry, run: ended(entry.run) });
      tell();
    },
    tell,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
