// The menu of what is done to keys and to the whole path: everything that has a key of the keyboard is here by mouse too.

import { commandItem } from "./toolbar.mjs";
import { openMenu } from "./menu.mjs";
import { openTransform } from "./transformPanel.mjs";

/** @param {import("./context.mjs").Context} context @param {HTMLElement} anchor */
export function openPathMenu(context, anchor) {
  const { t, surface } = context;
  const items = (/** @type {string[]} */ ...names) => names.map((name) => commandItem(name, context));
  openMenu({
    root: surface.root,
    anchor,
    label: t("menu.path.title"),
    items: [
      { label: t("command.transform"), icon: "sliders", run: () => openTransform(context, anchor) },
      ...items("reverse", "aim_at_subject", "fill_doubtful"),
      null,
      ...items("add_key", "duplicate_keys", "delete_keys", "copy_keys", "paste_keys", "select_all"),
      null,
      ...items("first_frame", "last_frame", "nudge_back", "nudge_forward"),
    ],
  });
}
