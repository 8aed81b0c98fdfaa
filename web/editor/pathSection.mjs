// What holds for the whole path: subject, length, rate, aim and the picture's size.

import { cameraAt } from "../math/path.mjs";
import { distance } from "../math/vec.mjs";
import { disposables, make } from "./dom.mjs";
import { LIMITS } from "./document.mjs";
import { namedChoice, namedField } from "./fields.mjs";
import { askLength } from "./lengthMenu.mjs";
import { subjectAtDistance, subjectDistance } from "./pose.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */
/** @typedef {{field: import("./fields.mjs").NumberField, read: (document: PathDocument) => number}} Column */

/** @param {Context} context @returns {import("./toolbar.mjs").Bar} */
export function createPathSection(context) {
  const { store, t } = context;
  const all = disposables();
  const columns = pathColumns(context);
  for (const { field } of columns) all.add(field);
  const aim = namedChoice(t, "aim", ["free", "subject"], (value) => setAim(store, value));
  const note = make("span", { class: "raxel-note", title: t("distance.title") });
  const head = make("div", { class: "raxel-head" }, make("span", { class: "raxel-title" }, t("head.path")), note);
  const [subject, frames, fps, width, height] = columns.map(({ field }) => field.element);
  const grid = make("div", { class: "raxel-grid" }, subject, frames, fps, aim.element, width, height);
  return {
    element: make("div", { class: "raxel-section" }, head, grid),
    update() {
      const { document, playhead } = store.get();
      for (const { field, read } of columns) field.show(read(document));
      aim.list.value = document.aim;
      note.textContent = distanceNote(document, playhead, t);
    },
    dispose: all.dispose,
  };
}

/** @param {Context} context @returns {Column[]} */
function pathColumns(context) {
  const { store } = context;
  /** @param {"fps" | "width" | "height"} name @returns {(value: number) => void} */
  const set = (name) => (value) => store.dispatch({ type: "set_path", patch: { [name]: value } });
  const subject = namedField(context, {
    name: "subject",
    native: "u",
    range: [1e-3, 1e6],
    onChange: (value) =>
      store.dispatch({ type: "set_path", patch: { subject: subjectAtDistance(store.get().document, value) } }),
  });
  const frames = namedField(context, {
    name: "frames",
    native: "frame",
    range: LIMITS.frames,
    gesture: null, // each change asks a question
    onChange(count) {
      askLength(context, frames.element, count);
      frames.show(store.get().document.frames);
    },
  });
  /** @param {"width" | "height"} name @returns {Column} */
  const size = (name) => ({
    read: (document) => document[name],
    field: namedField(context, { name, native: "px", range: LIMITS.size, onChange: set(name) }),
  });
  return [
    { read: subjectDistance, field: subject },
    { read: (document) => document.frames, field: frames },
    {
      read: ({ fps }) => fps,
      field: namedField(context, { name: "fps", native: "fps", range: LIMITS.fps, onChange: set("fps") }),
    },
    size("width"),
    size("height"),
  ];
}

/** Who chooses the subject wants to see it: the keys turn to it. Their roll stays. @param {Context["store"]} store @param {string} value */
function setAim(store, value) {
  if (value === "subject") store.dispatch({ type: "set_path", patch: { aim: "subject" }, look: true });
  else store.dispatch({ type: "set_path", patch: { aim: "free" } });
}

/** @param {PathDocument} document @param {number} playhead @param {Context["t"]} t */
function distanceNote(document, playhead, t) {
  const away = distance(cameraAt(document, playhead).position, document.subject);
  const unit = subjectDistance(document);
  return t("distance.now", { units: away.toFixed(2), share: unit > 0 ? (away / unit).toFixed(2) : "—" });
}
