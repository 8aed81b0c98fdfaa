// The inspector's fields: numbers and choices with their names from the strings, and the units of the path at hand.

import { make, select } from "./dom.mjs";
import { createNumberField } from "./numberField.mjs";
import { subjectDistance } from "./pose.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./numberField.mjs").FieldSpec} FieldSpec */
/** @typedef {ReturnType<typeof createNumberField>} NumberField */
/** What a field of the inspector needs to say itself. @typedef {Pick<FieldSpec, "native" | "shown" | "range" | "onChange"> & {name: string, gesture?: FieldSpec["gesture"] | null}} NamedField */

/** Says why a typed text was not taken. @param {Pick<Context, "t" | "notify">} context @param {string} name @returns {FieldSpec["onRefused"]} */
export const sayRefused =
  ({ t, notify }, name) =>
  ({ range, units }) =>
    notify({
      severity: "warn",
      text: range
        ? t("refused.range", { name, low: range[0], high: range[1] })
        : t("refused.units", { name, units: units.join(", ") }),
    });

/**
 * A number called `field.NAME` in the strings; a drag of its name is one gesture of the store, unless that is null.
 * @param {Context} context @param {NamedField} spec @returns {NumberField}
 */
export const namedField = ({ store, t, notify }, { name, gesture = store, ...spec }) =>
  createNumberField({
    ...spec,
    onRefused: sayRefused({ t, notify }, t(`field.${name}`)),
    label: t(`field.${name}`),
    title: t(`field.${name}.title`),
    context: () => ({ subjectDistance: subjectDistance(store.get().document), fps: store.get().document.fps }),
    gesture: gesture ?? undefined,
  });

/**
 * A choice called `field.NAME`, whose values are called `NAME.VALUE`.
 * @param {Context["t"]} t @param {string} name @param {readonly string[]} values @param {(value: string) => void} onChange
 */
export function namedChoice(t, name, values, onChange) {
  const list = select({
    label: t(`field.${name}.title`),
    options: values.map((value) => ({ value, label: t(`${name}.${value}`) })),
    onChange,
  });
  return { list, element: labelled(t(`field.${name}`), list) };
}

/** A control with its name before it. @param {string} name @param {HTMLElement} control */
export const labelled = (name, control) =>
  make("label", { class: "raxel-field" }, make("span", { class: "raxel-name" }, name), control);
