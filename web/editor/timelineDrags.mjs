// What a press on the timeline becomes: scrubbing, dragging keys or the end of a hold, a selection box, panning the strip.
// One drag is one gesture of the store, and so one step of undo.

import { frameAt, hitTimeline, keysBetween, shifted, xToFrame } from "./timelineMath.mjs";

/** @typedef {import("./timelineMath.mjs").Strip} Strip */
/** @typedef {import("./timelineMath.mjs").Span} Span */
/** @typedef {{x: number, y: number}} Point */

/**
 * @typedef {object} Host
 * @property {import("./store.mjs").Store} store
 * @property {() => Strip} strip
 * @property {(span: Span) => void} setSpan
 * @property {() => void} redraw
 * @property {(index: number, at: Point) => void} openSegment at: a place in the window
 * @property {number} holdLimit frames
 */

/**
 * A press that goes on. `move` gets the point, `up` whether it ever moved; `cancel` takes everything back.
 * @typedef {{start: Point, moved: boolean, move(point: Point): void, up(moved: boolean, event: PointerEvent): void, cancel(): void, box?: {from: number, to: number}}} Drag
 */

/** Pixels that a press may tremble. */
const SLACK = 3;

const nothing = () => {};

/** @param {Host} host */
export function createTimelineDrags(host) {
  /** @type {Drag | null} */
  let drag = null;
  /** @type {number | null} */
  let hover = null;
  const { store } = host;

  return {
    look: () => ({ box: drag?.moved && drag.box ? drag.box : null, hover }),
    /** @param {Point} point @param {PointerEvent} event */
    down(point, event) {
      if (drag) return;
      drag = startOf(point, event, host);
    },
    /** @param {Point} point @param {PointerEvent} event */
    move(point, event) {
      const { keys } = store.get().document;
      const hit = hitTimeline(point, keys, host.strip(), event.pointerType);
      const over = hit.kind === "key" ? hit.index : null;
      if (over !== hover) host.redraw();
      hover = over;
      if (!drag) return;
      if (Math.hypot(point.x - drag.start.x, point.y - drag.start.y) > SLACK) drag.moved = true;
      if (drag.moved) drag.move(point);
    },
    /** @param {Point} _point @param {PointerEvent} event */
    up(_point, event) {
      const ended = drag;
      drag = null;
      ended?.up(ended.moved, event);
      host.redraw();
    },
    /** Takes an open drag back; says whether there was one. */
    cancel() {
      const open = drag;
      drag = null;
      open?.cancel();
      if (open) host.redraw();
      return open !== null;
    },
    leave() {
      if (hover !== null) host.redraw();
      hover = null;
    },
    /** @param {Point} point */
    doubleClick(point) {
      const { keys, frames } = store.get().document;
      const hit = hitTimeline(point, keys, host.strip());
      if (hit.kind !== "empty") return;
      const frame = frameAt(point.x, host.strip(), frames);
      store.dispatch({ type: "seek", frame });
      store.dispatch({ type: "add_key", frame });
    },
  };
}

/** @param {Point} point @param {PointerEvent} event @param {Host} host @returns {Drag | null} */
function startOf(point, event, host) {
  const { keys } = host.store.get().document;
  const hit = hitTimeline(point, keys, host.strip(), event.pointerType);
  if (event.button === 1) return panning(point, host);
  if (event.button === 2) return menuPress(point, hit, host);
  if (event.button !== 0) return null;
  if (hit.kind === "ruler") return scrubbing(point, host);
  if (hit.kind === "key") return draggingKeys(point, hit.index, event, host);
  if (hit.kind === "hold") return draggingHold(point, hit.index, host);
  return boxing(point, event, host, hit);
}

/** @param {Point} start @param {Host} host @returns {Drag} */
function scrubbing(start, { store, strip }) {
  const before = store.get().playhead;
  const seek = (/** @type {Point} */ { x }) =>
    store.dispatch({ type: "seek", frame: frameAt(x, strip(), store.get().document.frames) });
  store.dispatch({ type: "pause" });
  seek(start);
  return { start, moved: true, move: seek, up: nothing, cancel: () => store.dispatch({ type: "seek", frame: before }) };
}

/** @param {Point} start @param {Host} host @returns {Drag} */
function panning(start, { store, strip, setSpan }) {
  const { span } = strip();
  const move = (/** @type {Point} */ { x }) => {
    const fixed = { ...strip(), span };
    setSpan(shifted(span, xToFrame(start.x, fixed) - xToFrame(x, fixed), store.get().document.frames));
  };
  return { start, moved: false, move, up: nothing, cancel: () => setSpan(span) };
}

/** @param {Point} start @param {number} index @param {PointerEvent} event @param {Host} host @returns {Drag} */
function draggingKeys(start, index, event, { store, strip }) {
  const many = event.shiftKey || event.ctrlKey || event.metaKey;
  const wasSelected = store.get().selection.includes(index);
  if (many) store.dispatch({ type: "select", indexes: [index], mode: "toggle" });
  else if (!wasSelected) store.dispatch({ type: "select", indexes: [index] });
  let open = false;
  return {
    start,
    moved: false,
    move({ x }) {
      if (x === start.x && !open) return;
      if (!open) store.begin();
      open = true;
      store.dispatch({ type: "move_in_time", delta: Math.round(xToFrame(x, strip()) - xToFrame(start.x, strip())) });
    },
    up(moved) {
      if (open) return store.commit();
      if (moved || many) return;
      const key = store.get().document.keys[index];
      if (!key) return; // another path has come meanwhile
      store.dispatch({ type: "select", indexes: [index] });
      store.dispatch({ type: "seek", frame: key.frame });
    },
    cancel: () => open && store.cancel(),
  };
}

/** @param {Point} start @param {number} index @param {Host} host @returns {Drag} */
function draggingHold(start, index, { store, strip, holdLimit }) {
  const { keys } = store.get().document;
  const room = (keys[index + 1]?.frame ?? keys[index].frame + 1) - keys[index].frame - 1;
  store.dispatch({ type: "select", indexes: [index] });
  store.begin();
  const move = (/** @type {Point} */ { x }) => {
    const hold = Math.round(xToFrame(x, strip()) - keys[index].frame);
    store.dispatch({ type: "set_keys", patch: { hold: Math.max(0, Math.min(hold, room, holdLimit)) } });
  };
  return {
    start,
    moved: false,
    move: (point) => void (point.x !== start.x && move(point)),
    up: store.commit,
    cancel: store.cancel,
  };
}

/** A right press on a key or a way. @param {Point} start @param {import("./timelineMath.mjs").Hit} hit @param {Host} host @returns {Drag | null} */
function menuPress(start, hit, host) {
  if (!("index" in hit)) return null;
  const up = (/** @type {boolean} */ moved, /** @type {PointerEvent} */ event) =>
    void (!moved && openMenu(hit.index, event, host));
  return { start, moved: false, move: nothing, up, cancel: nothing };
}

/** @param {number} index @param {PointerEvent} event @param {Host} host */
function openMenu(index, event, { store, openSegment }) {
  if (!store.get().selection.includes(index)) store.dispatch({ type: "select", indexes: [index] });
  openSegment(index, { x: event.clientX, y: event.clientY });
}

/**
 * A box, or without moving a click: on a way it opens the menu, beside everything it clears the selection.
 * @param {Point} start @param {PointerEvent} event @param {Host} host @param {import("./timelineMath.mjs").Hit} hit @returns {Drag}
 */
function boxing(start, event, host, hit) {
  const { store, strip, redraw } = host;
  const old = store.get().selection;
  const before = event.shiftKey || event.ctrlKey || event.metaKey ? store.get().selection : [];
  /** @type {Drag} */
  const drag = {
    start,
    moved: false,
    box: { from: start.x, to: start.x },
    move({ x }) {
      drag.box = { from: start.x, to: x };
      const inside = keysBetween(start.x, x, store.get().document.keys, strip());
      store.dispatch({ type: "select", indexes: [...before, ...inside] });
      redraw();
    },
    up(moved, released) {
      if (moved) return;
      if (hit.kind === "segment") openMenu(hit.index, released, host);
      else store.dispatch({ type: "select", indexes: before });
    },
    cancel: () => store.dispatch({ type: "select", indexes: old }),
  };
  return drag;
}
