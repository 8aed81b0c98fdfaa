// Some camera files have no lens: the person is asked, with the lens of the path at hand as the first guess.

import { cameraAt } from "../math/path.mjs";
import { button, make } from "./dom.mjs";
import { LIMITS } from "./document.mjs";
import { namedField } from "./fields.mjs";
import { openPanel } from "./menu.mjs";

/**
 * @param {import("./context.mjs").Context} context @param {string} name of the file
 * @param {(hfovDeg: number) => void} onLens not called where the person closes the panel
 */
export function askLens(context, name, onLens) {
  const { store, settings, surface, t } = context;
  let hfovDeg = cameraAt(store.get().document, 0).hfov_deg;
  const field = namedField(context, {
    name: "lens",
    native: "deg",
    shown: () => settings.get("lensUnit"),
    range: LIMITS.hfovDeg,
    gesture: null,
    onChange(value) {
      hfovDeg = value;
      field.show(value);
    },
  });
  field.show(hfovDeg);
  const take = () => {
    panel.close();
    onLens(hfovDeg);
  };
  const actions = make(
    "div",
    { class: "raxel-actions" },
    button({ text: t("cancel"), class: "raxel-solid", label: t("cancel"), onClick: () => panel.close() }),
    button({ text: t("lens.open"), class: "raxel-accent", label: t("lens.open"), onClick: take }),
  );
  const content = make("div", { class: "raxel-form" }, make("p", {}, t("lens.ask", { name })), field.element, actions);
  const panel = openPanel({
    root: surface.root,
    anchor: surface.root,
    beside: true,
    content,
    label: t("lens.title"),
    onClose: field.dispose,
  });
  field.element.querySelector("input")?.focus({ preventScroll: true });
}
