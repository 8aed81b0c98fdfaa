// The line above the keys' numbers: which keys these are, what one does to keys, and the switches of the units.

import { button, make } from "./dom.mjs";
import { meantKeys } from "./pose.mjs";
import { commandButton } from "./toolbar.mjs";

/** @typedef {import("./context.mjs").Context} Context */

const COMMANDS = ["aim_at_subject", "duplicate_keys", "copy_keys", "paste_keys"];

/** The two units that each switch changes between. @type {["positionUnit" | "lensUnit" | "timeUnit", [string, string]][]} */
const SWITCHES = [
  ["positionUnit", ["u", "sd"]],
  ["lensUnit", ["mm", "deg"]],
  ["timeUnit", ["frame", "s"]],
];

/** @param {Context} context */
export function createKeyHead(context) {
  const title = make("span", { class: "raxel-title" });
  const commands = COMMANDS.map((name) => commandButton(name, context));
  const switches = SWITCHES.map(([name, units]) => unitSwitch(context, name, units));
  const groups = [commands, switches].map((group) =>
    make("div", { class: "raxel-group" }, ...group.map((each) => each.element)),
  );
  return {
    element: make("div", { class: "raxel-head" }, title, make("div", { class: "raxel-space" }), ...groups),
    update() {
      title.textContent = titleOf(context);
      for (const each of [...commands, ...switches]) each.update();
    },
  };
}

/** @param {Context} context */
function titleOf({ store, t }) {
  const { document, playhead } = store.get();
  const meant = meantKeys(store.get());
  if (meant.length > 1) return t("head.keys", { count: meant.length });
  if (meant.length) return t("head.key", { index: meant[0] + 1, count: document.keys.length });
  return t("head.playhead", { frame: Math.round(playhead) });
}

/** @param {Context} context @param {"positionUnit" | "lensUnit" | "timeUnit"} name @param {[string, string]} units */
function unitSwitch({ settings, t }, name, [first, second]) {
  const element = button({
    class: "raxel-switch",
    label: t(`unit.${name}`),
    onClick: () => settings.set(name, /** @type {never} */ (settings.get(name) === first ? second : first)),
  });
  const text = element.appendChild(make("span"));
  return { element, update: () => void (text.textContent = t(`unit.${settings.get(name)}`)) };
}
