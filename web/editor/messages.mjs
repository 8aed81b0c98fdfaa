// Sentences to the person, inside the editor: they show in full screen too, where the host's own would be covered.

import { button, make } from "./dom.mjs";

/** How long a message stays; errors stay until they are closed. */
const STAYS_MS = 7000;

/**
 * @param {HTMLElement} parent @param {import("./context.mjs").Translate} t
 * @returns {{notify: import("./context.mjs").Notify, dispose(): void}}
 */
export function createMessages(parent, t) {
  /** @type {HTMLElement | null} */
  let shown = null;
  let timer = 0;
  const clear = () => {
    window.clearTimeout(timer);
    shown?.remove();
    shown = null;
  };
  return {
    notify({ severity, text }) {
      clear();
      shown = make(
        "div",
        { class: "raxel-message", role: severity === "error" ? "alert" : "status", "data-severity": severity },
        make("span", {}, text),
        button({ icon: "close", label: t("close"), onClick: clear }),
      );
      parent.append(shown);
      if (severity !== "error") timer = window.setTimeout(clear, STAYS_MS);
    },
    dispose: clear,
  };
}
