// Starting from a named move: the server computes it (GET /raxel/preset), the editor turns it into keys, one undo step.

import { EASING_NAMES } from "../math/easing.mjs";
import { cameraAt } from "../math/path.mjs";
import { disposables, make, select, setPressed } from "./dom.mjs";
import { sayRefused } from "./fields.mjs";
import { iconElement } from "./icons.mjs";
import { openPanel } from "./menu.mjs";
import { createNumberField } from "./numberField.mjs";
import { subjectDistance } from "./pose.mjs";
import { COARSE, documentFromSeed } from "./seeds.mjs";
import { reasonOf } from "./sentences.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./context.mjs").Preset} Preset */

/** What a preset does, as an icon. @type {Record<string, string>} */
const ICONS = {
  arc_left: "around_left",
  arc_right: "around_right",
  orbit_left: "around_left",
  orbit_right: "around_right",
  spiral: "spiral",
  zoom_in: "move_in",
  zoom_out: "move_out",
  dolly_in: "move_in",
  dolly_out: "move_out",
  dolly_zoom: "move_in",
  lens_zoom_in: "lookthrough",
  lens_zoom_out: "lookthrough",
  static: "stand",
  pan_left: "turn_left",
  pan_right: "turn_right",
  tilt_up: "turn_up",
  tilt_down: "turn_down",
  roll_cw: "roll_cw",
  roll_ccw: "roll_ccw",
  truck_left: "move_left",
  truck_right: "move_right",
  pedestal_up: "move_up",
  pedestal_down: "move_down",
  crane_up: "move_up",
  handheld: "sway",
};

/** @type {Record<string, string>} */
const OPPOSITE = { left: "right", right: "left", in: "out", out: "in", up: "down", down: "up", cw: "ccw", ccw: "cw" };

/**
 * Moves that have an opposite before those that have none: in two columns, pairs then stand side by side.
 * @template {{name: string}} T @param {T[]} presets @returns {T[]}
 */
export function pairsFirst(presets) {
  const names = new Set(presets.map(({ name }) => name));
  const hasOpposite = (/** @type {T} */ { name }) => {
    const [, way = ""] = /_([a-z]+)$/.exec(name) ?? [];
    return names.has(name.slice(0, -way.length) + OPPOSITE[way]);
  };
  return [...presets.filter(hasOpposite), ...presets.filter((preset) => !hasOpposite(preset))];
}

/** @param {Preset} preset */
const unitOf = (preset) => (preset.unit === "degrees" ? "deg" : "sd");

/** "arc_left" in words, from the strings where they know it. @param {string} name @param {import("./context.mjs").Translate} t */
function nameOf(name, t) {
  const key = `preset.${name}`;
  const known = t(key);
  return known === key ? name.replaceAll("_", " ") : known;
}

/** @param {Context} context @param {HTMLElement} anchor */
export async function openPresets(context, anchor) {
  const { files, notify, t, surface } = context;
  try {
    const presets = pairsFirst(await files.presets());
    const panel = presetPanel(context, presets);
    openPanel({
      root: surface.root,
      anchor,
      beside: true,
      content: panel.element,
      label: t("menu.presets.title"),
      onClose: panel.dispose,
    });
  } catch (error) {
    notify({ severity: "error", text: reasonOf(error) });
  }
}

/** @param {Context} context @param {Preset[]} presets */
function presetPanel(context, presets) {
  const { t, store } = context;
  const all = disposables();
  /** @type {{preset: Preset | null, amount: number, easing: string}} */
  const chosen = { preset: null, amount: 0, easing: "ease_in_out" };
  let asked = 0;
  const apply = () => {
    const turn = ++asked;
    // The server may answer two wishes in the other order; the last one counts.
    const isWanted = () => turn === asked;
    if (chosen.preset) void applyPreset(context, chosen.preset, chosen.amount, chosen.easing, isWanted);
  };
  const about = make("p", {}, t("preset.hint"));
  const amount = all.add(
    createNumberField({
      label: t("preset.amount"),
      title: t("preset.amount.title"),
      native: () => (chosen.preset ? unitOf(chosen.preset) : "x"),
      context: () => ({ subjectDistance: subjectDistance(store.get().document), fps: store.get().document.fps }),
      range: [-3600, 3600],
      onRefused: sayRefused(context, t("preset.amount")),
      onChange(value) {
        chosen.amount = value;
        amount.show(value);
        apply();
      },
    }),
  );
  const easing = select({
    label: t("field.easing.title"),
    options: EASING_NAMES.map((value) => ({ value, label: t(`easing.${value}`) })),
    onChange(value) {
      chosen.easing = value;
      apply();
    },
  });
  easing.value = chosen.easing;
  const rows = presets.map((preset) =>
    presetRow(preset, t, () => {
      Object.assign(chosen, { preset, amount: preset.amount });
      rows.forEach((row, index) => setPressed(row, presets[index] === preset));
      amount.show(preset.amount);
      amount.setEnabled(preset.amount !== 0);
      about.textContent = describe(preset, t);
      apply();
    }),
  );
  amount.setEnabled(false);
  const element = make(
    "div",
    { class: "raxel-form" },
    make("div", { class: "raxel-presets" }, ...rows),
    about,
    make(
      "div",
      { class: "raxel-choices" },
      amount.element,
      make("label", { class: "raxel-field" }, make("span", { class: "raxel-name" }, t("field.easing")), easing),
    ),
  );
  return { element, dispose: all.dispose };
}

/** @param {Preset} preset @param {import("./context.mjs").Translate} t */
function describe(preset, t) {
  const key = `preset.${preset.name}.about`;
  const known = t(key);
  return known === key ? preset.description : known;
}

/** @param {Preset} preset @param {import("./context.mjs").Translate} t @param {() => void} onClick */
function presetRow(preset, t, onClick) {
  const row = make(
    "button",
    { class: "raxel-menu-row", title: describe(preset, t), "aria-pressed": "false" },
    iconElement(ICONS[preset.name] ?? "preset"),
    make("span", {}, nameOf(preset.name, t)),
  );
  row.setAttribute("type", "button");
  row.addEventListener("click", onClick);
  return row;
}

/**
 * Replaces the path by the preset, as one step.
 * @param {Context} context @param {Preset} preset @param {number} amount @param {string} easing
 * @param {() => boolean} isWanted asked when the preset has come
 */
async function applyPreset({ files, notify, store, views }, preset, amount, easing, isWanted) {
  const { document } = store.get();
  const distance = subjectDistance(document) || 1;
  try {
    const seed = await files.preset({
      preset: preset.name,
      amount,
      easing,
      frames: document.frames,
      fps: document.fps,
      width: document.width,
      height: document.height,
      hfov_deg: cameraAt(document, 0).hfov_deg,
      subject_distance: distance,
      seed: 0,
    });
    if (!isWanted()) return;
    // A preset begins at the world's origin and looks at the subject in front of it.
    const ground = { ...document, subject: /** @type {[number, number, number]} */ ([0, 0, distance]) };
    store.dispatch({ type: "replace", document: documentFromSeed(seed, ground, COARSE) });
    views.fit();
  } catch (error) {
    notify({ severity: "error", text: reasonOf(error) });
  }
}
