// A wired path seeds the editor: a path that nobody edited follows it at once, an edited one only when asked.

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
    const document = documentFromSeed(seed, store.get().document);
    store.dispatch({ type: "replace", document, edited: false });
    if (!quietly) say("seed.taken", { frames: seed.frames, keys: document.keys.length });
  };
  return {
    take: () => take(),
    differs: () => seedDiffers(seed, store.get().document),
    /** @param {Seed | null} next @param {boolean} isBroken nothing is written over a text that cannot be read */
    set(next, isBroken) {
      seed = next;
      const { document } = store.get();
      if (!isBroken && !document.edited && seedDiffers(seed, document)) take(true);
    },
  };
}
