// A word below the timeline on frames whose estimate is doubtful, with what can be done about them.

import { runCommand } from "./commands.mjs";
import { button, make } from "./dom.mjs";
import { canFill, doubtOf, withConfidence } from "./doubt.mjs";

/** @param {import("./context.mjs").Context} context @returns {import("./toolbar.mjs").Bar} */
export function createDoubtBar(context) {
  const { store, t } = context;
  const words = make("span", {});
  const fill = button({
    text: t("doubt.fill"),
    label: t("command.fill_doubtful"),
    class: "raxel-accent",
    onClick: () => void runCommand("fill_doubtful", context),
  });
  const trust = button({
    icon: "close",
    label: t("doubt.trust"),
    onClick() {
      const { document } = store.get();
      store.dispatch({ type: "replace", document: withConfidence(document, null), edited: document.edited });
    },
  });
  const element = make(
    "div",
    { class: "raxel-doubt", title: t("doubt.title") },
    words,
    make("div", { class: "raxel-ends" }, fill, trust),
  );
  return {
    element,
    update() {
      const { document } = store.get();
      const { count } = doubtOf(document);
      element.hidden = count === 0;
      if (!count) return;
      fill.hidden = !canFill(document);
      words.textContent = t(fill.hidden ? "doubt.filled" : "doubt.frames", { count, frames: document.frames });
    },
    dispose() {},
  };
}
