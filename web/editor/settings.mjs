// What a person sets once for all editors. The host keeps them on its settings page (web/host/settings.mjs); without a
// host they live in memory.

/**
 * @typedef {object} Values
 * @property {"mm" | "deg"} lensUnit
 * @property {"u" | "sd"} positionUnit scene units or subject distances
 * @property {"frame" | "s"} timeUnit
 * @property {boolean} snap
 * @property {number} snapPosition subject distances
 * @property {number} snapDegrees
 * @property {boolean} safeAreas
 * @property {boolean} invertWheel
 * @property {boolean} lookThrough small picture over the scene
 * @property {boolean} inspector numbers below the timeline
 * @property {boolean} liveView frames on the sampler while they form
 */

/** @typedef {{get<K extends keyof Values>(name: K): Values[K], set<K extends keyof Values>(name: K, value: Values[K]): void, subscribe(listener: () => void): () => void}} Settings */

/** @type {Values} */
export const DEFAULTS = {
  lensUnit: "mm",
  positionUnit: "u",
  timeUnit: "frame",
  snap: false,
  snapPosition: 0.05,
  snapDegrees: 5,
  safeAreas: true,
  invertWheel: false,
  lookThrough: true,
  inspector: true,
  liveView: true,
};

/**
 * Settings that live as long as this object.
 * @param {Partial<Values>} [initial] @returns {Settings}
 */
export function createSettings(initial = {}) {
  const values = { ...DEFAULTS, ...initial };
  /** @type {Set<() => void>} */
  const listeners = new Set();
  return {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
