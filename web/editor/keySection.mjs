// Numbers and choices of the selected keys, or while none is selected of the key that the playhead stands on. One key
// gets what is typed; of several, a position is their mean and moves them together, turns and frames cannot be set, and
// everything else is set for all.

import { EASING_NAMES } from "../math/easing.mjs";
import { cameraAt } from "../math/path.mjs";
import { disposables, make } from "./dom.mjs";
import { INTERPOLATIONS, LIMITS } from "./document.mjs";
import { namedChoice, namedField } from "./fields.mjs";
import { createKeyHead } from "./keyHead.mjs";
import { meantKeys, placeFromPosition, positionFromPlace, rotationFromTurns, turnsFromRotation } from "./pose.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./document.mjs").Key} Key */
/** @typedef {import("./toolbar.mjs").Bar} Bar */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {Camera & Partial<Key>} Shown a key, or the camera at the playhead */

/**
 * A field, what it shows of a camera, and whether it makes sense for several keys at once.
 * @typedef {{field: import("./fields.mjs").NumberField, read: (camera: Shown) => number, forMany: boolean}} Column
 */

/** Selected keys differ by more than rounding. @param {number[]} values */
const differ = (values) => values.some((value) => Math.abs(value - values[0]) > 1e-9);

/** @param {Context} context @returns {Shown[]} */
function shownCameras({ store }) {
  const state = store.get();
  const keys = meantKeys(state).map((index) => state.document.keys[index]);
  return keys.length ? keys : [cameraAt(state.document, state.playhead)];
}

/** Changes the keys that are meant; the one under the playhead is selected first. @param {Context["store"]} store @param {import("./reduce.mjs").EditorEvent} event */
function change(store, event) {
  if (!store.get().selection.length) store.dispatch({ type: "select", indexes: meantKeys(store.get()) });
  store.dispatch(event);
}

/** @param {Context} context @returns {Bar} */
export function createKeySection(context) {
  const all = disposables();
  const columns = [...placeColumns(context), ...turnColumns(context), ...otherColumns(context)];
  for (const { field } of columns) all.add(field);
  const choices = wayChoices(context);
  const head = createKeyHead(context);
  const grid = make("div", { class: "raxel-grid" }, ...columns.map(({ field }) => field.element));
  return {
    element: make("div", { class: "raxel-section" }, head.element, grid, choices.element),
    update() {
      const cameras = shownCameras(context);
      const count = meantKeys(context.store.get()).length;
      for (const column of columns) showColumn(column, cameras, count);
      head.update();
      choices.update();
    },
    dispose: all.dispose,
  };
}

/** @param {Column} column @param {Shown[]} cameras @param {number} count of selected keys */
function showColumn({ field, read, forMany }, cameras, count) {
  const values = cameras.map(read);
  field.show(values.reduce((sum, value) => sum + value, 0) / values.length, values.length > 1 && differ(values));
  field.setEnabled(forMany ? count > 0 : count === 1);
}

/** @param {Context} context @returns {Column[]} */
const placeColumns = (context) =>
  /** @type {const} */ (["right", "up", "forward"]).map((name) => ({
    forMany: true,
    read: ({ position }) => placeFromPosition(position)[name],
    field: namedField(context, {
      name,
      native: "u",
      shown: () => context.settings.get("positionUnit"),
      onChange: (value) => movePlace(context, name, value),
    }),
  }));

/** @param {Context} context @param {"right" | "up" | "forward"} name @param {number} value */
function movePlace(context, name, value) {
  const places = shownCameras(context).map((camera) => placeFromPosition(camera.position));
  if (places.length === 1) {
    const position = positionFromPlace({ ...places[0], [name]: value });
    return change(context.store, { type: "set_keys", patch: { position } });
  }
  const mean = places.reduce((sum, place) => sum + place[name], 0) / places.length;
  const translation = positionFromPlace({ right: 0, up: 0, forward: 0, [name]: value - mean });
  context.store.dispatch({ type: "transform", translation });
}

/** @param {Context} context @returns {Column[]} */
const turnColumns = (context) =>
  /** @type {const} */ (["pan", "tilt", "roll"]).map((name) => ({
    forMany: false,
    read: ({ rotation }) => turnsFromRotation(rotation)[name],
    field: namedField(context, {
      name,
      native: "deg",
      range: name === "tilt" ? [-90, 90] : [-360, 360],
      onChange(value) {
        const turns = { ...turnsFromRotation(shownCameras(context)[0].rotation), [name]: value };
        change(context.store, { type: "set_keys", patch: { rotation: rotationFromTurns(turns) } });
      },
    }),
  }));

/** Lens, frame and hold. @param {Context} context @returns {Column[]} */
function otherColumns(context) {
  const { store, settings } = context;
  /** @param {"hfov_deg" | "frame" | "hold"} key @returns {(value: number) => void} */
  const set = (key) => (value) => change(store, { type: "set_keys", patch: { [key]: value } });
  const time = () => settings.get("timeUnit");
  const lens = () => settings.get("lensUnit");
  return [
    {
      forMany: true,
      read: ({ hfov_deg }) => hfov_deg,
      field: namedField(context, {
        name: "lens",
        native: "deg",
        shown: lens,
        range: LIMITS.hfovDeg,
        onChange: set("hfov_deg"),
      }),
    },
    {
      forMany: false,
      read: ({ frame }) => frame ?? Math.round(store.get().playhead),
      field: namedField(context, {
        name: "frame",
        native: "frame",
        shown: time,
        range: [0, LIMITS.frames[1] - 1],
        onChange: set("frame"),
      }),
    },
    {
      forMany: true,
      read: ({ hold }) => hold ?? 0,
      field: namedField(context, {
        name: "hold",
        native: "frame",
        shown: time,
        range: LIMITS.hold,
        onChange: set("hold"),
      }),
    },
  ];
}

/** The key whose way the playhead is on. @param {import("./document.mjs").PathDocument} document @param {number} frame */
const keyBefore = ({ keys }, frame) => keys.findLast((key) => key.frame <= frame) ?? keys[0];

/** Interpolation and easing of the way after the key. @param {Context} context */
function wayChoices({ store, t }) {
  const choices = /** @type {const} */ (["interpolation", "easing"]).map((name) => ({
    name,
    ...namedChoice(t, name, name === "easing" ? EASING_NAMES : INTERPOLATIONS, (value) =>
      change(store, { type: "set_keys", patch: { [name]: value } }),
    ),
  }));
  return {
    element: make("div", { class: "raxel-choices" }, ...choices.map(({ element }) => element)),
    update() {
      const { document, playhead } = store.get();
      const meant = meantKeys(store.get());
      const keys = meant.length ? meant.map((index) => document.keys[index]) : [keyBefore(document, playhead)];
      for (const { name, list } of choices) {
        const values = new Set(keys.map((key) => key[name]));
        list.disabled = !meant.length;
        list.value = values.size === 1 ? [...values][0] : "";
      }
    },
  };
}
