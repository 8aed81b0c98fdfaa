// What is shown in place of a path that this Raxel cannot read. The text is kept byte for byte until the person decides.

import { button, make } from "./dom.mjs";
import { sentence } from "./sentences.mjs";

/** Characters in the box: a page must not choke on what somebody pasted. All of the text is kept and copied. */
const MOST_SHOWN = 100_000;

/**
 * @param {{error: string, text: string, t: import("./context.mjs").Translate, onStartAnew(): void}} spec
 * @returns {HTMLElement}
 */
export function brokenScreen({ error, text, t, onStartAnew }) {
  const raw = make("textarea", { readonly: true, spellcheck: "false", "aria-label": t("broken.text") });
  raw.value = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}\n…` : text;
  const copy = () => {
    raw.select();
    // Without permission the text is selected, and the person's own copy works.
    navigator.clipboard?.writeText(text).catch(() => undefined);
  };
  return make(
    "div",
    { class: "raxel-broken", role: "alert" },
    make("h3", {}, t("broken.title")),
    make("p", {}, sentence(error)),
    make("p", {}, t("broken.kept")),
    raw,
    make(
      "div",
      { class: "raxel-actions" },
      button({ icon: "copy", text: t("broken.copy"), class: "raxel-solid", label: t("broken.copy"), onClick: copy }),
      button({
        icon: "path",
        text: t("broken.anew"),
        class: "raxel-solid",
        label: t("broken.anew.title"),
        onClick: onStartAnew,
      }),
    ),
  );
}
