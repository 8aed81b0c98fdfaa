// Moving, turning and scaling the whole path, or the selected keys, by numbers. What is typed shows at once; the panel is
// one gesture: closing it keeps the change as one step, Cancel takes it back.

import { quatFromAxisAngleDeg, quatMultiply } from "../math/rotation.mjs";
import { button, disposables, make, select } from "./dom.mjs";
import { openPanel } from "./menu.mjs";
import { createNumberField } from "./numberField.mjs";
import { middleOfKeys, positionFromPlace, subjectDistance } from "./pose.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {{right: number, up: number, forward: number, pan: number, tilt: number, roll: number, scale: number}} Numbers */

/** @type {Numbers} */
const NOTHING = { right: 0, up: 0, forward: 0, pan: 0, tilt: 0, roll: 0, scale: 1 };

/** Turns about the world's axes: right is x, down y, forward z. @param {Numbers} numbers */
const rotationOf = ({ pan, tilt, roll }) =>
  quatMultiply(quatMultiply(quatFromAxisAngleDeg([0, 1, 0], pan), quatFromAxisAngleDeg([1, 0, 0], tilt)), quatFromAxisAngleDeg([0, 0, 1], roll));

/** @param {Context} context @param {HTMLElement} anchor */
export function openTransform({ store, settings, t, surface }, anchor) {
  const all = disposables();
  const start = store.get();
  const numbers = { ...NOTHING };
  let of = start.selection.length > 1 ? "selected" : "all";
  let about = "subject";
  const pivots = () => /** @type {Record<string, [number, number, number]>} */ ({
    subject: start.document.subject, middle: middleOfKeys(start.document), first: start.document.keys[0].position, origin: [0, 0, 0],
  });
  const apply = () => store.dispatch({
    type: "transform",
    indexes: of === "all" ? "all" : start.selection,
    pivot: pivots()[about],
    rotation: rotationOf(numbers),
    scale: numbers.scale,
    translation: positionFromPlace(numbers),
  });
  const idle = { begin() {}, commit() {}, cancel() {} };
  const fields = /** @type {(keyof Numbers)[]} */ (Object.keys(NOTHING)).map((name) => {
    const native = /** @type {const} */ ({ right: "u", up: "u", forward: "u", pan: "deg", tilt: "deg", roll: "deg", scale: "x" })[name];
    const field = all.add(createNumberField({
      label: t(`field.${name}`), title: t(`transform.${name}.title`), native,
      shown: () => (native === "u" ? settings.get("positionUnit") : native),
      context: () => ({ subjectDistance: subjectDistance(start.document), fps: start.document.fps }),
      range: name === "scale" ? [0.001, 1000] : [-1e6, 1e6],
      gesture: idle,
      onChange(value) {
        numbers[name] = value;
        field.show(value);
        apply();
      },
    }));
    field.show(numbers[name]);
    return field.element;
  });
  const choice = (/** @type {string} */ name, /** @type {string[]} */ options, /** @type {string} */ value, /** @type {(value: string) => void} */ set) => {
    const list = select({ label: t(`transform.${name}`), options: options.map((each) => ({ value: each, label: t(`transform.${each}`) })), onChange: (next) => { set(next); apply(); } });
    list.value = value;
    return make("label", { class: "raxel-field" }, make("span", { class: "raxel-name" }, t(`transform.${name}`)), list);
  };
  store.begin();
  const cancel = button({ text: t("cancel"), class: "raxel-solid", label: t("cancel"), onClick() { store.cancel(); panel.close(); } });
  const done = button({ text: t("done"), class: "raxel-accent", label: t("done"), onClick: () => panel.close() });
  const form = make("div", { class: "raxel-form" },
    make("div", { class: "raxel-choices" },
      choice("of", start.selection.length ? ["all", "selected"] : ["all"], of, (value) => void (of = value)),
      choice("about", ["subject", "middle", "first", "origin"], about, (value) => void (about = value))),
    make("div", { class: "raxel-grid" }, ...fields),
    make("div", { class: "raxel-actions" }, cancel, done));
  const panel = openPanel({
    root: surface.root, anchor, content: form, label: t("transform.title"),
    onClose() {
      store.commit();
      all.dispose();
    },
  });
}
