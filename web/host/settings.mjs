// The pack's page in the host's settings, and the same values as the editor asks for them.

import { DEFAULTS } from "../editor/settings.mjs";

/** @typedef {import("../editor/settings.mjs").Values} Values */
/** @typedef {import("../editor/settings.mjs").Settings} Settings */

/**
 * Ids in the host. Those without a name are what the editor's own buttons switch; the host only remembers them.
 * @type {Record<keyof Values, {id: string, group?: string, name?: string, tooltip?: string, type?: string, options?: {text: string, value: string}[], attrs?: object}>}
 */
const ENTRIES = {
  lensUnit: {
    id: "Raxel.Editor.LensUnit",
    group: "Units",
    name: "Lens unit",
    type: "combo",
    tooltip: "Millimetres on 36 mm film, or degrees across the picture.",
    options: [
      { text: "mm", value: "mm" },
      { text: "degrees", value: "deg" },
    ],
  },
  positionUnit: {
    id: "Raxel.Editor.PositionUnit",
    group: "Units",
    name: "Position unit",
    type: "combo",
    tooltip: "Scene units, or distances from the first camera to the subject.",
    options: [
      { text: "scene units", value: "u" },
      { text: "subject distances", value: "sd" },
    ],
  },
  timeUnit: {
    id: "Raxel.Editor.TimeUnit",
    group: "Units",
    name: "Time unit",
    type: "combo",
    options: [
      { text: "frames", value: "frame" },
      { text: "seconds", value: "s" },
    ],
  },
  snapPosition: {
    id: "Raxel.Editor.SnapPosition",
    group: "Snapping",
    name: "Position step (subject distances)",
    type: "number",
    attrs: { min: 0.001, max: 10, step: 0.01, maxFractionDigits: 3 },
  },
  snapDegrees: {
    id: "Raxel.Editor.SnapDegrees",
    group: "Snapping",
    name: "Rotation step (degrees)",
    type: "number",
    attrs: { min: 0.1, max: 90, step: 1, maxFractionDigits: 1 },
  },
  safeAreas: {
    id: "Raxel.Editor.SafeAreas",
    group: "View",
    name: "Safe areas in the camera's picture",
    type: "boolean",
  },
  invertWheel: { id: "Raxel.Editor.InvertWheel", group: "View", name: "Wheel zooms the other way", type: "boolean" },
  liveView: {
    id: "Raxel.Sampler.LiveView",
    group: "Sampler",
    name: "Show frames on the Joint Sampler while they form",
    type: "boolean",
  },
  snap: { id: "Raxel.Editor.Snap" },
  lookThrough: { id: "Raxel.Editor.LookThrough" },
  inspector: { id: "Raxel.Editor.Inspector" },
};

const NAMES = /** @type {(keyof Values)[]} */ (Object.keys(ENTRIES));

/** What a setting does when the host changed it: set by settingsOf. @type {WeakMap<Settings, () => void>} */
const tellers = new WeakMap();

/** @param {any} app @returns {Settings} */
export function settingsOf(app) {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const tell = () => listeners.forEach((listener) => listener());
  /** @type {Settings} */
  const settings = {
    get: (name) => app.extensionManager?.setting?.get(ENTRIES[name].id) ?? DEFAULTS[name],
    set(name, value) {
      Promise.resolve(app.extensionManager?.setting?.set(ENTRIES[name].id, value)).then(tell, tell);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  tellers.set(settings, tell);
  return settings;
}

/** The entries for registerExtension. @param {Settings} settings */
export function settingEntries(settings) {
  // The host calls while it is still storing the value.
  const onChange = () => queueMicrotask(() => tellers.get(settings)?.());
  return NAMES.map((key) => {
    const { id, group, name, ...rest } = ENTRIES[key];
    return {
      id,
      name: name ?? id,
      type: name ? undefined : "hidden",
      defaultValue: DEFAULTS[key],
      onChange,
      ...(group ? { category: ["Raxel", group, name] } : {}),
      ...rest,
    };
  });
}
