// Everything the editor can be told to do, by name: buttons, menus and keys all come through here, so that nothing can
// only be done with the keyboard. Labels are "command.NAME" in the strings.

import { canFill, filled } from "./doubt.mjs";

/** @typedef {import("./reduce.mjs").EditorState} EditorState */
/** @typedef {import("./context.mjs").Context} Context */

/**
 * @typedef {object} Command
 * @property {(context: Context) => void} run
 * @property {string} [icon]
 * @property {(context: Context) => boolean} [enabled] default: always
 * @property {(context: Context) => boolean} [pressed] of what can be on or off
 */

/** @param {Context} context */
const hasSelection = ({ store }) => store.get().selection.length > 0;

/** Not all keys: a path keeps at least one. @param {Context} context */
const canDelete = (context) => hasSelection(context) && context.store.get().document.keys.length > 1;

/** @typedef {import("./reduce.mjs").EditorEvent} EditorEvent */

/** @param {(state: EditorState) => EditorEvent} make @returns {(context: Context) => void} */
const dispatching =
  (make) =>
  ({ store }) =>
    store.dispatch(make(store.get()));

/** @param {EditorEvent} event */
const sending = (event) => dispatching(() => event);

/** @param {"top" | "front" | "side" | "camera" | "perspective"} name @returns {Command} */
const view = (name) => ({ icon: name === "camera" ? "camera" : undefined, run: ({ views }) => views.setView(name) });

/** @param {"select" | "draw_ground" | "draw_side"} name @returns {Command} */
const tool = (name) => ({
  icon: name,
  run: sending({ type: "tool", tool: name }),
  pressed: ({ store }) => store.get().tool === name,
});

/** @param {"lookThrough" | "snap" | "inspector" | "safeAreas"} name @param {string} icon @returns {Command} */
const toggle = (name, icon) => ({
  icon,
  run: ({ settings }) => settings.set(name, !settings.get(name)),
  pressed: ({ settings }) => settings.get(name),
});

/** @param {number} delta @returns {Command} */
const step = (delta) => ({ icon: delta < 0 ? "step_back" : "step_forward", run: sending({ type: "step", delta }) });

/** @param {number} delta @returns {Command} */
const nudge = (delta) => ({ run: sending({ type: "move_in_time", delta }), enabled: hasSelection });

/** @type {Record<string, Command>} */
export const COMMANDS = {
  toggle_play: { icon: "play", run: sending({ type: "toggle_play" }), pressed: ({ store }) => store.get().playing },
  step_back: step(-1),
  step_forward: step(1),
  step_back_10: step(-10),
  step_forward_10: step(10),
  previous_key: { icon: "previous_key", run: sending({ type: "previous_key" }) },
  next_key: { icon: "next_key", run: sending({ type: "next_key" }) },
  first_frame: { run: sending({ type: "seek", frame: 0 }) },
  last_frame: { run: dispatching(({ document }) => ({ type: "seek", frame: document.frames - 1 })) },
  loop: {
    icon: "loop",
    run: dispatching((state) => ({ type: "set_loop", loop: !state.loop })),
    pressed: ({ store }) => store.get().loop,
  },
  add_key: { icon: "add_key", run: sending({ type: "add_key" }) },
  delete_keys: { icon: "delete", run: sending({ type: "delete_keys" }), enabled: canDelete },
  duplicate_keys: { icon: "duplicate", run: sending({ type: "duplicate_keys" }), enabled: hasSelection },
  copy_keys: { icon: "copy", run: ({ clipboard }) => clipboard.copy(), enabled: hasSelection },
  paste_keys: { icon: "paste", run: ({ clipboard }) => clipboard.paste() },
  select_all: { run: sending({ type: "select_all" }) },
  nudge_back: nudge(-1),
  nudge_forward: nudge(1),
  aim_at_subject: {
    icon: "subject",
    run: dispatching(({ document }) => ({ type: "aim_at", point: document.subject })),
    enabled: hasSelection,
  },
  reverse: { run: sending({ type: "reverse" }) },
  undo: { icon: "undo", run: ({ store }) => store.undo(), enabled: ({ store }) => store.canUndo },
  redo: { icon: "redo", run: ({ store }) => store.redo(), enabled: ({ store }) => store.canRedo },
  view_top: view("top"),
  view_front: view("front"),
  view_side: view("side"),
  view_camera: view("camera"),
  view_perspective: view("perspective"),
  fit: { icon: "fit", run: ({ views }) => views.fit() },
  toggle_lookthrough: toggle("lookThrough", "lookthrough"),
  toggle_snap: toggle("snap", "snap"),
  toggle_inspector: toggle("inspector", "sliders"),
  toggle_safe_areas: toggle("safeAreas", "panel"),
  toggle_space: {
    icon: "world",
    run: ({ views }) => views.setSpace(views.space() === "world" ? "camera" : "world"),
    pressed: ({ views }) => views.space() === "camera",
  },
  tool_select: tool("select"),
  tool_draw_ground: tool("draw_ground"),
  tool_draw_side: tool("draw_side"),
  full_screen: { icon: "full", run: ({ surface }) => surface.toggleFull(), pressed: ({ surface }) => surface.isFull() },
  help: { icon: "help", run: ({ surface }) => surface.openHelp() },
  escape: { run: ({ surface }) => surface.escape() },
  fill_doubtful: {
    icon: "check",
    run({ store, t, notify }) {
      const { document } = store.get();
      const next = filled(document);
      if (next) store.dispatch({ type: "replace", document: next });
      else notify({ severity: "warn", text: t("doubt.all", { frames: document.frames }) });
    },
    enabled: ({ store }) => canFill(store.get().document),
  },
  take_input: { icon: "seed", run: ({ seeds }) => seeds.take(), enabled: ({ seeds }) => seeds.differs() },
};

/** Whether a command may run now. @param {string} name @param {Context} context */
export const isEnabled = (name, context) => COMMANDS[name].enabled?.(context) ?? true;

/** Runs a command if it may; says whether it did. @param {string} name @param {Context} context */
export function runCommand(name, context) {
  if (!COMMANDS[name] || !isEnabled(name, context)) return false;
  COMMANDS[name].run(context);
  return true;
}
