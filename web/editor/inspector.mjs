// The numbers of the selected keys, or of the camera at the playhead while no key is selected, and of the whole path.

import { make } from "./dom.mjs";
import { createKeySection } from "./keySection.mjs";
import { createPathSection } from "./pathSection.mjs";

/** @param {import("./context.mjs").Context} context @returns {import("./toolbar.mjs").Bar} */
export function createInspector(context) {
  const sections = [createKeySection(context), createPathSection(context)];
  const title = context.t("inspector");
  const element = make(
    "div",
    { class: "raxel-inspector", role: "group", "aria-label": title },
    ...sections.map((section) => section.element),
  );
  return {
    element,
    update: () => sections.forEach((section) => section.update()),
    dispose: () => sections.forEach((section) => section.dispose()),
  };
}
