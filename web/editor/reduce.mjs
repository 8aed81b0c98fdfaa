// The editor's state and what events make of it: reduce(state, event) is pure, and whatever the event, the document it
// returns is valid. An edit that would break the document is ignored. store.mjs adds undo.

import { PathError } from "./checks.mjs";
import { documentFrom } from "./document.mjs";
import { EDITS } from "./edits.mjs";
import { clamp } from "./timing.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../math/rotation.mjs").Quat} Quat */
/** @typedef {import("./document.mjs").Key} Key */
/** @typedef {import("./document.mjs").PathDocument} PathDocument */
/** @typedef {"select" | "draw_ground" | "draw_side"} Tool */

/**
 * @typedef {object} EditorState
 * @property {PathDocument} document
 * @property {number[]} selection indexes into the keys, ascending
 * @property {number} playhead frame; fractional only while playing
 * @property {Tool} tool
 * @property {boolean} playing
 * @property {boolean} loop
 * @property {{sentence: string} | null} refused why the last edit was not made
 */

/**
 * @typedef {Partial<Pick<Key, "frame" | "position" | "rotation" | "hfov_deg" | "interpolation" | "easing" | "hold">>} KeyPatch
 */
/**
 * @typedef {Partial<Pick<PathDocument, "frames" | "fps" | "width" | "height" | "scale" | "subject" | "aim">>} PathPatch
 */

/**
 * Events that change the document. While the path is aimed at the subject (`aim: "subject"`), keys that are shifted or
 * scaled, and all keys when the subject is moved, keep their framing of it; turns, aim_at and roll change the framing.
 *  - add_key: at `frame` or the playhead; where one is, it is selected.
 *  - paste_keys: the first at `frame`, in place of keys already there.
 *  - move_in_time: the selected keys together, up to their neighbours.
 *  - set_keys: the selected ones; `frame` only for a single one (the nearest free frame).
 *  - transform: p -> pivot + scale * rotation(p - pivot) + translation; cameras turn, scale does not touch them.
 *    Without indexes the selected keys.
 *  - aim_at: the selected keys look at the point, their roll stays. roll: clockwise as the operator sees it.
 *  - set_path: `stretch` moves keys with a change of `frames`; without it keys behind the end are cut off. `look` turns
 *    all keys to the subject, their roll stays.
 * @typedef {{type: "add_key", frame?: number}
 *   | {type: "delete_keys"}
 *   | {type: "duplicate_keys"}
 *   | {type: "paste_keys", keys: readonly Key[], frame: number}
 *   | {type: "move_in_time", delta: number}
 *   | {type: "set_keys", patch: KeyPatch}
 *   | {type: "transform", indexes?: readonly number[] | "all", pivot?: Vec3, rotation?: Quat, scale?: number, translation?: Vec3}
 *   | {type: "aim_at", point: Vec3}
 *   | {type: "roll", deg: number}
 *   | {type: "set_path", patch: PathPatch, stretch?: boolean, look?: boolean}
 *   | {type: "replace", document: PathDocument, edited?: boolean}
 *   | {type: "reverse"}} EditEvent
 */

/**
 * Events that leave the document alone.
 * @typedef {{type: "select", indexes: readonly number[], mode?: "set" | "toggle" | "add"}
 *   | {type: "select_all"}
 *   | {type: "seek", frame: number}
 *   | {type: "step", delta: number}
 *   | {type: "next_key"}
 *   | {type: "previous_key"}
 *   | {type: "play"}
 *   | {type: "pause"}
 *   | {type: "toggle_play"}
 *   | {type: "set_loop", loop: boolean}
 *   | {type: "tool", tool: Tool}} UiEvent
 */

/** @typedef {EditEvent | UiEvent} EditorEvent */

/** @param {PathDocument} document @returns {EditorState} */
export const initialState = (document) => ({
  document,
  selection: [],
  playhead: 0,
  tool: "select",
  playing: false,
  loop: true,
  refused: null,
});

/** @param {EditorEvent} event @returns {event is EditEvent} */
export const isEdit = (event) => Object.hasOwn(EDITS, event.type);

/**
 * @param {EditorState} state @param {EditorEvent} event
 * @returns {EditorState} the same object where nothing changes
 */
export const reduce = (state, event) => (isEdit(event) ? reduceEdit(state, event) : reduceUi(state, event));

/** @param {EditorState} state @param {EditEvent} event @returns {EditorState} */
function reduceEdit(state, event) {
  const edit = /** @type {(state: EditorState, event: EditEvent) => import("./edits.mjs").Edited} */ (EDITS[event.type]);
  const { document, selection } = edit(state, event);
  if (document === state.document) return { ...state, selection };
  const edited = event.type === "replace" ? (event.edited ?? true) : true;
  try {
    return settled({ ...state, document: documentFrom({ ...document, edited }), selection, refused: null });
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    return { ...state, refused: { sentence: error.message } };
  }
}

/** Selection and playhead back inside the document. @param {EditorState} state @returns {EditorState} */
export function settled(state) {
  const { keys, frames } = state.document;
  return {
    ...state,
    selection: state.selection.filter((index) => index < keys.length),
    playhead: clamp(state.playhead, [0, frames - 1]),
  };
}

/** @param {EditorState} state @param {UiEvent} event @returns {EditorState} */
function reduceUi(state, event) {
  switch (event.type) {
    case "select":
      return { ...state, selection: selected(state, event.indexes, event.mode ?? "set") };
    case "select_all":
      return { ...state, selection: state.document.keys.map((_, index) => index) };
    case "seek":
      return at(state, event.frame);
    case "step":
      return at({ ...state, playing: false }, Math.round(state.playhead) + event.delta);
    case "next_key":
      return atKey(state, state.document.keys.findIndex((key) => key.frame > state.playhead));
    case "previous_key":
      return atKey(state, state.document.keys.findLastIndex((key) => key.frame < state.playhead));
    case "play":
      return { ...state, playing: true, playhead: state.playhead >= state.document.frames - 1 ? 0 : state.playhead };
    case "pause":
      return at({ ...state, playing: false }, state.playhead);
    case "toggle_play":
      return reduceUi(state, { type: state.playing ? "pause" : "play" });
    case "set_loop":
      return { ...state, loop: event.loop };
    case "tool":
      return { ...state, tool: event.tool };
    default:
      return state;
  }
}

/** @param {EditorState} state @param {number} frame @returns {EditorState} */
function at(state, frame) {
  const wanted = state.playing ? frame : Math.round(frame);
  return Number.isFinite(wanted) ? settled({ ...state, playhead: wanted }) : state;
}

/**
 * The playhead on a key, which is selected; nothing for index -1.
 * @param {EditorState} state @param {number} index @returns {EditorState}
 */
function atKey(state, index) {
  if (index < 0) return state;
  return { ...state, playing: false, playhead: state.document.keys[index].frame, selection: [index] };
}

/** @param {EditorState} state @param {readonly number[]} indexes @param {"set" | "toggle" | "add"} mode */
function selected({ document, selection }, indexes, mode) {
  const chosen = new Set(mode === "set" ? [] : selection);
  for (const index of indexes) {
    if (mode === "toggle" && chosen.has(index)) chosen.delete(index);
    else chosen.add(index);
  }
  return [...chosen].filter((index) => document.keys[index] !== undefined).sort((a, b) => a - b);
}

/** The selected keys, for the clipboard. @param {EditorState} state @returns {Key[]} */
export const copyKeys = ({ document, selection }) => selection.map((index) => document.keys[index]);
