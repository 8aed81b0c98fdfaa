// A wired path seeds the editor: after a run, a path that nobody edited follows it at once, an edited one only when asked.
// Only a run makes it follow: an editor that is rebuilt by undo would otherwise write over what undo brought back.

import { PathError } from "./checks.mjs";
import { documentFromSeed, seedDiffers } from "./seeds.mjs";

/** @typedef {import("./context.mjs").Seed} Seed */

/**
 * @param {import("./store.mjs").Store} store
 * @param {(key: string, values: Record<string, string | number>) => void} say
 */
export function createSeeds(store, say) {
  /** @type {Seed | null} */
  let seed = null;
  const take = (/** @type {boolean} */ quietly = false) => {
    if (!seed) return;
    try {
      const document = documentFromSeed(seed, store.get().document);
      store.dispatch({ type: "replace", document, edited: false });
      if (!quietly) say("seed.taken", { frames: seed.frames, keys: document.keys.length });
    } catch (error) {
      // A trajectory may be longer, larger or wider than the editor's own paths; it still goes through the node.
      if (!(error instanceof PathError)) throw error;
      say("seed.unfit", { why: error.message });
    }
  };
  return {
    take: () => take(),
    differs: () => seedDiffers(seed, store.get().document),
    /** @param {Seed | null} next @param {boolean} follows whether a path that nobody edited becomes it */
    set(next, follows) {
      seed = next;
      const { document } = store.get();
      if (follows && !document.edited && seedDiffers(seed, document)) take(true);
    },
  };
}
