// Moving, turning and scaling the whole path, or the selected keys, by numbers. What is typed shows at once; the panel is
// one gesture: closing it keeps the change as one step, Cancel takes it back.

import { quatFromAxisAngleDeg, quatMultiply } from "../math/rotation.mjs";
import { button, disposables, make, select } from "./dom.mjs";
import { labelled, sayRefused } from "./fields.mjs";
import { openPanel } from "./menu.mjs";
import { createNumberField } from "./numberField.mjs";
import { middleOfKeys, positionFromPlace, subjectDistance } from "./pose.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./reduce.mjs").EditorState} EditorState */
/** @typedef {import("./reduce.mjs").EditorEvent} EditorEvent */
/** @typedef {{right: number, up: number, forward: number, pan: number, tilt: number, roll: number, scale: number}} Numbers */
/** What is asked for so far. @typedef {{numbers: Numbers, of: string, about: string}} Wish */

/** @type {Numbers} */
const NOTHING = { right: 0, up: 0, forward: 0, pan: 0, tilt: 0, roll: 0, scale: 1 };

/** @type {Record<keyof Numbers, import("./units.mjs").Unit>} */
const UNITS = { right: "u", up: "u", forward: "u", pan: "deg", tilt: "deg", roll: "deg", scale: "x" };

/** @type {Record<string, (state: EditorState) => import("../math/vec.mjs").Vec3>} */
const PIVOTS = {
  subject: ({ document }) => document.subject,
  middle: ({ document }) => middleOfKeys(document),
  first: ({ document }) => document.keys[0].position,
  origin: () => [0, 0, 0],
};

/** The panel is the gesture: a drag of a name inside it is none. */
const NO_GESTURE = { begin() {}, commit() {}, cancel() {} };

/** About the world's axes: right is x, down y, forward z. @param {Numbers} numbers */
const rotationOf = ({ pan, tilt, roll }) =>
  quatMultiply(
    quatMultiply(quatFromAxisAngleDeg([0, 1, 0], pan), quatFromAxisAngleDeg([1, 0, 0], tilt)),
    quatFromAxisAngleDeg([0, 0, 1], roll),
  );

/** The whole change since the panel was opened. @param {EditorState} start @param {Wish} wish @returns {EditorEvent} */
const eventOf = (start, { numbers, of, about }) => ({
  type: "transform",
  indexes: of === "all" ? "all" : start.selection,
  pivot: PIVOTS[about](start),
  rotation: rotationOf(numbers),
  scale: numbers.scale,
  translation: positionFromPlace(numbers),
});

/** @param {Context} context @param {HTMLElement} anchor */
export function openTransform(context, anchor) {
  const { store, t, surface } = context;
  const all = disposables();
  const start = store.get();
  /** @type {Wish} */
  const wish = { numbers: { ...NOTHING }, of: start.selection.length > 1 ? "selected" : "all", about: "subject" };
  const apply = () => store.dispatch(eventOf(start, wish));
  store.begin();
  const close = () => panel.close();
  const takeBack = () => {
    store.cancel();
    close();
  };
  const form = make(
    "div",
    { class: "raxel-form" },
    choiceRow(t, start, wish, apply),
    make("div", { class: "raxel-grid" }, ...numberFields(context, start, wish, apply, all)),
    make(
      "div",
      { class: "raxel-actions" },
      button({ text: t("cancel"), class: "raxel-solid", label: t("cancel"), onClick: takeBack }),
      button({ text: t("done"), class: "raxel-accent", label: t("done"), onClick: close }),
    ),
  );
  const onClose = () => {
    store.commit();
    all.dispose();
  };
  const panel = openPanel({ root: surface.root, anchor, beside: true, content: form, label: t("transform.title"), onClose });
}

/** What is moved, and about what it turns. @param {Context["t"]} t @param {EditorState} start @param {Wish} wish @param {() => void} apply */
function choiceRow(t, start, wish, apply) {
  const choice = (/** @type {"of" | "about"} */ name, /** @type {string[]} */ values) => {
    const options = values.map((value) => ({ value, label: t(`transform.${value}`) }));
    const onChange = (/** @type {string} */ value) => {
      wish[name] = value;
      apply();
    };
    const list = select({ label: t(`transform.${name}`), options, onChange });
    list.value = wish[name];
    return labelled(t(`transform.${name}`), list);
  };
  const choices = [
    choice("of", start.selection.length ? ["all", "selected"] : ["all"]),
    choice("about", Object.keys(PIVOTS)),
  ];
  return make("div", { class: "raxel-choices" }, ...choices);
}

/** @param {Context} context @param {EditorState} start @param {Wish} wish @param {() => void} apply @param {ReturnType<typeof disposables>} all */
function numberFields({ settings, t, notify }, { document }, { numbers }, apply, all) {
  return /** @type {(keyof Numbers)[]} */ (Object.keys(NOTHING)).map((name) => {
    const field = all.add(
      createNumberField({
        label: t(`field.${name}`),
        title: t(`transform.${name}.title`),
        native: UNITS[name],
        shown: () => (UNITS[name] === "u" ? settings.get("positionUnit") : UNITS[name]),
        context: () => ({ subjectDistance: subjectDistance(document), fps: document.fps }),
        range: name === "scale" ? [0.001, 1000] : [-1e6, 1e6],
        gesture: NO_GESTURE,
        onRefused: sayRefused({ t, notify }, t(`field.${name}`)),
        onChange(value) {
          numbers[name] = value;
          field.show(value);
          apply();
        },
      }),
    );
    field.show(numbers[name]);
    return field.element;
  });
}
