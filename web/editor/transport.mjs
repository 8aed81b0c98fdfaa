// The row between scene and timeline: play and step, add and delete keys, where the playhead is.

import { disposables, make } from "./dom.mjs";
import { createNumberField } from "./numberField.mjs";
import { sayRefused } from "./fields.mjs";
import { LIMITS } from "./document.mjs";
import { iconElement } from "./icons.mjs";
import { commandButton } from "./toolbar.mjs";
import { formatTime } from "./units.mjs";
import { subjectDistance } from "./pose.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./toolbar.mjs").Bar} Bar */

const BUTTONS = ["previous_key", "step_back", "toggle_play", "step_forward", "next_key", "loop"];
const KEY_BUTTONS = ["add_key", "delete_keys"];

/** @param {Context} context @returns {Bar} */
export function createTransport(context) {
  const all = disposables();
  const { store, t, settings } = context;
  const buttons = [...BUTTONS, ...KEY_BUTTONS].map((name) => commandButton(name, context));
  const play = buttons[BUTTONS.indexOf("toggle_play")];
  const units = () => ({ subjectDistance: subjectDistance(store.get().document), fps: store.get().document.fps });
  const playhead = all.add(
    createNumberField({
      label: t("field.playhead"),
      title: t("field.playhead.title"),
      native: "frame",
      shown: () => settings.get("timeUnit"),
      context: units,
      range: [0, LIMITS.frames[1]],
      onChange: (frame) => store.dispatch({ type: "seek", frame }),
      onRefused: sayRefused(context, t("field.playhead")),
    }),
  );
  const total = make("span", { class: "raxel-total", title: t("field.frames.title") });
  const clock = make("span", { class: "raxel-clock", title: t("clock.title") });
  const element = make(
    "div",
    { class: "raxel-bar raxel-transport" },
    make("div", { class: "raxel-group" }, ...buttons.slice(0, BUTTONS.length).map((each) => each.element)),
    make("div", { class: "raxel-group" }, ...buttons.slice(BUTTONS.length).map((each) => each.element)),
    playhead.element,
    total,
    clock,
  );
  let drawnPlaying = /** @type {boolean | null} */ (null);

  const update = () => {
    const { document, playhead: at, playing } = store.get();
    for (const each of buttons) each.update();
    if (playing !== drawnPlaying) {
      play.element.replaceChildren(iconElement(playing ? "pause" : "play"));
      drawnPlaying = playing;
    }
    playhead.show(Math.round(at));
    total.textContent = `/ ${document.frames - 1}`;
    clock.textContent = formatTime(at, document.fps);
  };
  return { element, update, dispose: all.dispose };
}
