// The numbers of the selected keys, or of the camera at the playhead while no key is selected, and of the whole path.

import { EASING_NAMES } from "../math/easing.mjs";
import { cameraAt } from "../math/path.mjs";
import { distance } from "../math/vec.mjs";
import { button, disposables, make, select } from "./dom.mjs";
import { INTERPOLATIONS, LIMITS } from "./document.mjs";
import { askLength } from "./lengthMenu.mjs";
import { createNumberField } from "./numberField.mjs";
import { placeFromPosition, positionFromPlace, rotationFromTurns, subjectAtDistance, subjectDistance, turnsFromRotation } from "./pose.mjs";
import { commandButton } from "./toolbar.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./document.mjs").Key} Key */
/** @typedef {import("./toolbar.mjs").Bar} Bar */
/** @typedef {import("../math/path.mjs").Camera} Camera */
/** @typedef {ReturnType<typeof createNumberField>} NumberField */
/** @typedef {"right" | "up" | "forward"} PlaceName */
/** @typedef {"pan" | "tilt" | "roll"} TurnName */

/** @type {PlaceName[]} */
const PLACES = ["right", "up", "forward"];
/** @type {TurnName[]} */
const TURNS = ["pan", "tilt", "roll"];

/** Selected keys differ by more than rounding. @param {number[]} values */
const differ = (values) => values.some((value) => Math.abs(value - values[0]) > 1e-9);

/** @param {Context} context @returns {Bar} */
export function createInspector(context) {
  const { t } = context;
  const all = disposables();
  const keys = keySection(context);
  const path = pathSection(context);
  all.add(keys);
  all.add(path);
  const element = make("div", { class: "raxel-inspector", role: "group", "aria-label": t("inspector") }, keys.element, path.element);
  return {
    element,
    update() {
      keys.update();
      path.update();
    },
    dispose: all.dispose,
  };
}

/** @param {Context} context @returns {(spec: Partial<import("./numberField.mjs").FieldSpec> & {name: string, native: import("./units.mjs").Unit, onChange(value: number): void}) => NumberField} */
const fieldMaker = ({ store, t }) => ({ name, ...spec }) => createNumberField({
  label: t(`field.${name}`),
  title: t(`field.${name}.title`),
  context: () => ({ subjectDistance: subjectDistance(store.get().document), fps: store.get().document.fps }),
  gesture: store,
  ...spec,
});

/** What the person looks at: the selected keys, or the camera of the playhead. @param {Context} context @returns {(Key | Camera)[]} */
function shownCameras({ store }) {
  const { document, selection, playhead } = store.get();
  return selection.length ? selection.map((index) => document.keys[index]) : [cameraAt(document, playhead)];
}

/** @param {Context} context @returns {Bar} */
function keySection(context) {
  const { store, settings } = context;
  const all = disposables();
  const field = (/** @type {Parameters<ReturnType<typeof fieldMaker>>[0]} */ spec) => all.add(fieldMaker(context)(spec));
  const setKeys = (/** @type {import("./reduce.mjs").KeyPatch} */ patch) => store.dispatch({ type: "set_keys", patch });
  const places = PLACES.map((name) => field({
    name, native: "u", shown: () => settings.get("positionUnit"), onChange: (value) => movePlace(context, name, value),
  }));
  const turns = TURNS.map((name) => field({
    name, native: "deg", range: name === "tilt" ? [-90, 90] : [-360, 360], onChange: (value) => setKeys({ rotation: turnedTo(shownCameras(context)[0], name, value) }),
  }));
  const lens = field({ name: "lens", native: "deg", shown: () => settings.get("lensUnit"), range: LIMITS.hfovDeg, onChange: (hfov_deg) => setKeys({ hfov_deg }) });
  const frame = field({ name: "frame", native: "frame", shown: () => settings.get("timeUnit"), range: [0, LIMITS.frames[1] - 1], onChange: (value) => setKeys({ frame: value }) });
  const hold = field({ name: "hold", native: "frame", shown: () => settings.get("timeUnit"), range: LIMITS.hold, onChange: (value) => setKeys({ hold: value }) });
  const choices = choiceFields(context);
  const head = keyHead(context);
  const element = make("div", { class: "raxel-section" }, head.element,
    make("div", { class: "raxel-grid" }, ...[...places, ...turns, lens, frame, hold].map((each) => each.element)), choices.element);

  const update = () => {
    const cameras = shownCameras(context);
    const count = store.get().selection.length;
    head.update();
    choices.update();
    showEach(places, cameras.map((camera) => Object.values(placeFromPosition(camera.position))), count > 0);
    showEach(turns, cameras.map((camera) => Object.values(turnsFromRotation(camera.rotation))), count === 1);
    showEach([lens], cameras.map((camera) => [camera.hfov_deg]), count > 0);
    showEach([frame], cameras.map((camera) => ["frame" in camera ? camera.frame : Math.round(store.get().playhead)]), count === 1);
    showEach([hold], cameras.map((camera) => ["hold" in camera ? camera.hold : 0]), count > 0);
  };
  return { element, update, dispose: all.dispose };
}

/** @param {NumberField[]} fields @param {number[][]} values a row for each camera @param {boolean} enabled */
function showEach(fields, values, enabled) {
  for (const [column, field] of fields.entries()) {
    const here = values.map((row) => row[column]);
    field.show(here.reduce((sum, value) => sum + value, 0) / here.length, here.length > 1 && differ(here));
    field.setEnabled(enabled);
  }
}

/** One key gets the coordinate; several are moved together, so that their mean gets it. @param {Context} context @param {PlaceName} name @param {number} value */
function movePlace(context, name, value) {
  const cameras = shownCameras(context);
  const mean = cameras.reduce((sum, camera) => sum + placeFromPosition(camera.position)[name], 0) / cameras.length;
  const translation = positionFromPlace({ right: 0, up: 0, forward: 0, [name]: value - mean });
  if (cameras.length > 1) return context.store.dispatch({ type: "transform", translation });
  const place = { ...placeFromPosition(cameras[0].position), [name]: value };
  context.store.dispatch({ type: "set_keys", patch: { position: positionFromPlace(place) } });
}

/** @param {Camera | Key} camera @param {TurnName} name @param {number} value */
const turnedTo = (camera, name, value) => rotationFromTurns({ ...turnsFromRotation(camera.rotation), [name]: value });

/** Which keys these are, the switches of the units, and what one does to keys. @param {Context} context */
function keyHead(context) {
  const { store, t } = context;
  const title = make("span", { class: "raxel-title" });
  const position = unitSwitch(context, "positionUnit", ["u", "sd"]);
  const lens = unitSwitch(context, "lensUnit", ["mm", "deg"]);
  const time = unitSwitch(context, "timeUnit", ["frame", "s"]);
  const commands = ["aim_at_subject", "duplicate_keys", "copy_keys", "paste_keys"].map((name) => commandButton(name, context));
  const element = make("div", { class: "raxel-head" }, title, make("div", { class: "raxel-space" }),
    make("div", { class: "raxel-group" }, ...commands.map((each) => each.element)),
    make("div", { class: "raxel-group" }, position.element, lens.element, time.element));
  const update = () => {
    const { document, selection, playhead } = store.get();
    title.textContent = selection.length === 1
      ? t("head.key", { index: selection[0] + 1, count: document.keys.length })
      : selection.length ? t("head.keys", { count: selection.length }) : t("head.playhead", { frame: Math.round(playhead) });
    for (const each of [position, lens, time, ...commands]) each.update();
  };
  return { element, update };
}

/** A small button that changes between two units. @param {Context} context @param {"positionUnit" | "lensUnit" | "timeUnit"} name @param {[string, string]} units */
function unitSwitch({ settings, t }, name, [first, second]) {
  const element = button({
    class: "raxel-switch", label: t(`unit.${name}`),
    onClick: () => settings.set(name, /** @type {never} */ (settings.get(name) === first ? second : first)),
  });
  const text = /** @type {HTMLElement} */ (element.appendChild(make("span")));
  return { element, update: () => void (text.textContent = t(`unit.${settings.get(name)}`)) };
}

/** The key whose way the playhead is on. @param {import("./document.mjs").PathDocument} document @param {number} frame */
const keyBefore = ({ keys }, frame) => keys.findLast((key) => key.frame <= frame) ?? keys[0];

/** Interpolation and easing of the way after the key. @param {Context} context */
function choiceFields({ store, t }) {
  /** @type {("interpolation" | "easing")[]} */
  const names = ["interpolation", "easing"];
  const selects = names.map((name) => select({
    label: t(`field.${name}.title`),
    options: (name === "easing" ? EASING_NAMES : INTERPOLATIONS).map((value) => ({ value, label: t(`${name}.${value}`) })),
    onChange: (value) => store.dispatch({ type: "set_keys", patch: { [name]: value } }),
  }));
  const element = make("div", { class: "raxel-choices" }, ...selects.map((each, index) =>
    make("label", { class: "raxel-field" }, make("span", { class: "raxel-name" }, t(`field.${names[index]}`)), each)));
  const update = () => {
    const { document, selection, playhead } = store.get();
    const chosen = selection.length ? selection.map((index) => document.keys[index]) : [keyBefore(document, playhead)];
    for (const [index, name] of names.entries()) {
      const values = new Set(chosen.map((key) => key[name]));
      selects[index].disabled = !selection.length;
      selects[index].value = values.size === 1 ? [...values][0] : "";
    }
  };
  return { element, update };
}

/** Subject, aim and picture size: what holds for the whole path. @param {Context} context @returns {Bar} */
function pathSection(context) {
  const { store, t } = context;
  const all = disposables();
  const field = (/** @type {Parameters<ReturnType<typeof fieldMaker>>[0]} */ spec) => all.add(fieldMaker(context)(spec));
  const setPath = (/** @type {import("./reduce.mjs").PathPatch} */ patch, /** @type {boolean} */ look = false) => store.dispatch({ type: "set_path", patch, look });
  const subject = field({ name: "subject", native: "u", range: [1e-3, 1e6], onChange: (value) => setPath({ subject: subjectAtDistance(store.get().document, value) }) });
  const frames = field({ name: "frames", native: "frame", range: LIMITS.frames, gesture: undefined, onChange: (count) => {
    askLength(context, frames.element, count);
    frames.show(store.get().document.frames);
  } });
  const fps = field({ name: "fps", native: "fps", range: LIMITS.fps, onChange: (value) => setPath({ fps: value }) });
  const width = field({ name: "width", native: "px", range: LIMITS.size, onChange: (value) => setPath({ width: value }) });
  const height = field({ name: "height", native: "px", range: LIMITS.size, onChange: (value) => setPath({ height: value }) });
  const aim = select({
    label: t("field.aim.title"),
    options: ["free", "subject"].map((value) => ({ value, label: t(`aim.${value}`) })),
    // Who chooses the subject wants to see it: the keys turn to it. Their roll stays.
    onChange: (value) => (value === "subject" ? setPath({ aim: "subject" }, true) : setPath({ aim: "free" })),
  });
  const aimField = make("label", { class: "raxel-field" }, make("span", { class: "raxel-name" }, t("field.aim")), aim);
  const here = make("span", { class: "raxel-note", title: t("distance.title") });
  const element = make("div", { class: "raxel-section" },
    make("div", { class: "raxel-head" }, make("span", { class: "raxel-title" }, t("head.path")), here),
    make("div", { class: "raxel-grid" }, ...[subject, frames, fps].map((each) => each.element), aimField, width.element, height.element));
  const update = () => {
    const { document, playhead } = store.get();
    const unit = subjectDistance(document);
    subject.show(unit);
    frames.show(document.frames);
    fps.show(document.fps);
    width.show(document.width);
    height.show(document.height);
    aim.value = document.aim;
    const away = distance(cameraAt(document, playhead).position, document.subject);
    here.textContent = t("distance.now", { units: away.toFixed(2), share: unit > 0 ? (away / unit).toFixed(2) : "—" });
  };
  return { element, update, dispose: all.dispose };
}
