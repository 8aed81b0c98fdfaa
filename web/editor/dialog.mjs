// Full screen: the editor moves into a modal dialog and back. A modal dialog keeps the page behind it still, and takes
// part of no stacking order of the host's.

import { button, disposables, listen, make } from "./dom.mjs";
import { isForHost } from "./shortcuts.mjs";

/** @param {Event} event */
const isKeyForHost = (event) => event instanceof KeyboardEvent && isForHost(event);

/**
 * @param {{host: HTMLElement, root: HTMLElement, t: import("./context.mjs").Translate, onChange(): void, onEscape(): void}} spec
 *   host: where the editor lives in its node; root: what moves
 */
export function createDialog({ host, root, t, onChange, onEscape }) {
  /** @type {{close(): void} | null} */
  let open = null;

  const show = () => {
    const all = disposables();
    const dialog = make("dialog", { class: "raxel-dialog", "aria-label": t("dialog") });
    const back = button({
      icon: "unfull",
      text: t("away.back"),
      class: "raxel-solid",
      label: t("away.back"),
      onClick: () => open?.close(),
    });
    const away = make("div", { class: "raxel-away" }, t("away"), back);
    host.append(away);
    dialog.append(root);
    document.body.append(dialog);
    root.classList.add("raxel-full");
    const close = () => {
      if (!open) return;
      open = null;
      all.dispose();
      root.classList.remove("raxel-full");
      away.replaceWith(root);
      dialog.remove();
      onChange();
    };
    open = { close };
    all.add(
      listen(dialog, "cancel", (event) => {
        event.preventDefault();
        onEscape();
      }),
    );
    all.add(listen(dialog, "close", close));
    for (const type of ["keydown", "keyup", "wheel", "pointerdown", "contextmenu", "copy", "cut", "paste"]) {
      all.add(listen(dialog, type, (event) => void (isKeyForHost(event) || event.stopPropagation())));
    }
    dialog.showModal();
    root.focus({ preventScroll: true });
    onChange();
  };
  return {
    isOpen: () => open !== null,
    toggle: () => (open ? open.close() : show()),
    open: () => void (open ?? show()),
    close: () => open?.close(),
  };
}
