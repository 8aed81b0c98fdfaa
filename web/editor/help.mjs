// The help card: every key and gesture, from the tables of shortcuts.mjs.

import { button, make } from "./dom.mjs";
import { openPanel } from "./menu.mjs";
import { GESTURE_GROUPS, keysText, SHORTCUT_GROUPS } from "./shortcuts.mjs";

/** @param {HTMLElement} root @param {import("./context.mjs").Translate} t */
export function openHelp(root, t) {
  const close = button({ icon: "close", label: t("close"), onClick: () => panel.close() });
  const card = make(
    "div",
    { class: "raxel-help" },
    make("h2", {}, t("help.title"), close),
    ...SHORTCUT_GROUPS.map(({ group, shortcuts }) =>
      section(
        t(`help.${group}`),
        shortcuts.map(({ command, keys }) => [keysText(keys), t(`command.${command}`)]),
      ),
    ),
    ...GESTURE_GROUPS.map(({ group, gestures }) =>
      section(
        t(`help.${group}`),
        gestures.map((gesture) => [t(`gesture.${gesture}`), t(`gesture.${gesture}.does`)]),
      ),
    ),
  );
  const panel = openPanel({
    root,
    anchor: { x: Math.max(16, (window.innerWidth - 980) / 2), y: 24 },
    content: card,
    label: t("help.title"),
  });
  close.focus({ preventScroll: true });
  return panel;
}

/** @param {string} title @param {string[][]} rows what one does, what it does */
function section(title, rows) {
  const list = make("dl");
  for (const [what, effect] of rows) list.append(make("dt", {}, what), make("dd", {}, effect));
  return make("section", {}, make("h3", {}, title), list);
}
