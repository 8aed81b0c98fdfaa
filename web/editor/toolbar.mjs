// The rows of buttons: tools and menus above the scene. Every button is a command of commands.mjs.

import { COMMANDS, isEnabled, runCommand } from "./commands.mjs";
import { button, disposables, make, setPressed } from "./dom.mjs";
import { openMenu } from "./menu.mjs";
import { hintFor } from "./shortcuts.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {{element: HTMLElement, update(): void, dispose(): void}} Bar */
/** @typedef {(anchor: HTMLElement) => void} Opener */

/**
 * A button of a command, kept up to date by `update`.
 * @param {string} name @param {Context} context @param {{icon?: string, text?: string, class?: string}} [look]
 * @returns {{element: HTMLButtonElement, update(): void}}
 */
export function commandButton(name, context, look = {}) {
  const command = COMMANDS[name];
  const element = button({
    icon: look.icon ?? command.icon,
    text: look.text,
    class: look.class,
    label: context.t(`command.${name}`),
    hint: hintFor(name),
    onClick: () => void runCommand(name, context),
  });
  const update = () => {
    element.disabled = !isEnabled(name, context);
    if (command.pressed) setPressed(element, command.pressed(context));
  };
  return { element, update };
}

/**
 * Several command buttons in one frame.
 * @param {string[]} names @param {Context} context @returns {Bar}
 */
function commandGroup(names, context) {
  const buttons = names.map((name) => commandButton(name, context));
  const element = make("div", { class: "raxel-group", role: "group" }, ...buttons.map((each) => each.element));
  return { element, update: () => buttons.forEach((each) => each.update()), dispose() {} };
}

/** A menu entry of a command. @param {string} name @param {Context} context @returns {import("./menu.mjs").Item} */
export const commandItem = (name, context) => ({
  label: context.t(`command.${name}`),
  icon: COMMANDS[name].icon,
  hint: hintFor(name),
  enabled: isEnabled(name, context),
  checked: COMMANDS[name].pressed?.(context),
  run: () => void runCommand(name, context),
});

/**
 * The bar above the scene.
 * @param {Context} context
 * @param {{presets: Opener, path: Opener, file: Opener}} openers of the menus that are more than commands
 * @returns {Bar}
 */
export function createToolbar(context, openers) {
  const all = disposables();
  const { t } = context;
  const groups = [
    commandGroup(["tool_select", "tool_draw_ground", "tool_draw_side"], context),
    commandGroup(["undo", "redo"], context),
  ];
  const menus = make(
    "div",
    { class: "raxel-group" },
    ...["presets", "path", "file"].map((name) => {
      const icon = name === "presets" ? "preset" : name;
      const open = openers[/** @type {"presets" | "path" | "file"} */ (name)];
      const element = button({
        icon,
        text: t(`menu.${name}`),
        class: "raxel-menu-button",
        label: t(`menu.${name}.title`),
        onClick: () => open(element),
      });
      return element;
    }),
  );
  const seed = commandButton("take_input", context, { text: t("seed.button"), class: "raxel-accent" });
  const right = commandGroup(["help", "full_screen"], context);
  const view = viewButton(context);
  const space = make("div", { class: "raxel-space" });
  const element = make(
    "div",
    { class: "raxel-bar", role: "toolbar", "aria-label": t("toolbar") },
    ...groups.map((group) => group.element),
    menus,
    seed.element,
    space,
    make("div", { class: "raxel-group" }, view),
    right.element,
  );
  const update = () => {
    for (const bar of [...groups, right, seed]) bar.update();
    seed.element.hidden = seed.element.disabled;
  };
  return { element, update, dispose: all.dispose };
}

/** What the scene shows and how: a menu. @param {Context} context */
function viewButton(context) {
  const { t } = context;
  const names = ["view_perspective", "view_top", "view_front", "view_side", "view_camera", "fit"];
  const toggles = ["toggle_lookthrough", "toggle_inspector", "toggle_safe_areas", "toggle_snap", "toggle_space"];
  const element = button({
    icon: "camera",
    label: t("menu.view.title"),
    onClick: () =>
      void openMenu({
        root: context.surface.root,
        anchor: element,
        label: t("menu.view.title"),
        items: [
          ...names.map((name) => commandItem(name, context)),
          null,
          ...toggles.map((name) => commandItem(name, context)),
        ],
      }),
  });
  return element;
}
