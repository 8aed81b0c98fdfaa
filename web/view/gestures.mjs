// From pointer, touch and wheel events to a few words: press, drag, click, pinch, zoom, hover. One thing at a time; the
// pointer is captured, Escape or a second button takes back. What the words mean is interaction.mjs's business.

import { pointerKind } from "./hit.mjs";

/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./hit.mjs").PointerKind} PointerKind */
/**
 * `ctrl`: Ctrl or Cmd. `scale`: pixels of the element in one of the screen's.
 * @typedef {{point: Point, scale: number, kind: PointerKind, button: number, shift: boolean, ctrl: boolean}} Touch
 */
/**
 * Ends by exactly one of end and cancel. `key`: one typed meanwhile, true where it means something.
 * @typedef {{move: (touch: Touch) => void, end: () => void, cancel: () => void, key?: (key: string) => boolean}} Drag
 */
/**
 * What a press may become.
 * @typedef {{drag: (touch: Touch) => Drag | null, click: (touch: Touch, count: number) => void}} Press
 */

/**
 * @typedef {object} Handlers
 * @property {(touch: Touch) => Press | null} press
 * @property {(touch: Touch | null) => void} hover null: the pointer has left
 * @property {(zoom: {point: Point, factor: number, dx: number, dy: number}) => void} zoom factor > 1 brings nearer; dx, dy pan
 */

/** A press becomes a drag when it moves this far: fingers tremble more than mice. */
const SLACK_PX = { mouse: 3, pen: 5, touch: 9 };
const DOUBLE_CLICK_MS = 380;
const DOUBLE_CLICK_PX = { mouse: 6, pen: 12, touch: 28 };
/** A notch of a wheel is some 100 pixels and zooms by a sixth; trackpads send many small steps. */
const ZOOM_PER_PIXEL = 0.0016;
const WHEEL_LINE_PX = 16;
const WHEEL_PAGE_PX = 400;
const LARGEST_WHEEL_PX = 240;

/**
 * How many pixels of an element lie in one of the screen: a host may zoom what it shows.
 * @param {HTMLElement} element
 */
function zoomOf(element) {
  const { width } = element.getBoundingClientRect();
  return width > 0 ? element.clientWidth / width : 1;
}

/**
 * Pixels of the element itself, whatever a host's zoom makes of them on the screen.
 * @param {HTMLElement} element @param {{clientX: number, clientY: number}} event @returns {Point}
 */
export function localPoint(element, { clientX, clientY }) {
  const { left, top } = element.getBoundingClientRect();
  const scale = zoomOf(element);
  return { x: (clientX - left) * scale, y: (clientY - top) * scale };
}

/**
 * How much a wheel event zooms; > 1 brings nearer.
 * @param {{deltaY: number, deltaMode: number, ctrlKey: boolean}} event @param {boolean} inverted
 */
export function wheelFactor({ deltaY, deltaMode, ctrlKey }, inverted) {
  const unit = deltaMode === 1 ? WHEEL_LINE_PX : deltaMode === 2 ? WHEEL_PAGE_PX : 1;
  // Pinching a trackpad comes as small steps with Ctrl.
  const pixels = Math.max(-LARGEST_WHEEL_PX, Math.min(LARGEST_WHEEL_PX, deltaY * unit * (ctrlKey ? 5 : 1)));
  return Math.exp((inverted ? 1 : -1) * pixels * ZOOM_PER_PIXEL);
}

/**
 * @param {HTMLElement} element @param {Handlers} handlers @param {() => {invertWheel?: boolean}} options
 * @returns {{dispose: () => void, cancel: () => void}}
 */
export function createGestures(element, handlers, options) {
  /** @type {Map<number, Point>} fingers, in pixels of the element */
  const fingers = new Map();
  /** @type {{id: number, press: Press, start: Touch, drag: Drag | null} | null} */
  let active = null;
  /** @type {{at: number, point: Point, count: number}} */
  let lastClick = { at: -Infinity, point: { x: 0, y: 0 }, count: 0 };
  let pinching = false;

  /** @param {PointerEvent} event @returns {Touch} */
  const touchOf = (event) => ({
    point: localPoint(element, event),
    scale: zoomOf(element),
    kind: pointerKind(event.pointerType),
    button: event.button,
    shift: event.shiftKey,
    ctrl: event.ctrlKey || event.metaKey,
  });

  /** @param {boolean} keep */
  function finish(keep) {
    const { drag, id } = active ?? {};
    active = null;
    element.ownerDocument.removeEventListener("keydown", onKey, true);
    if (id !== undefined && element.hasPointerCapture(id)) element.releasePointerCapture(id);
    if (keep) drag?.end();
    else drag?.cancel();
  }

  /** @param {PointerEvent} event */
  function onDown(event) {
    event.stopPropagation();
    if (event.pointerType === "touch") fingers.set(event.pointerId, localPoint(element, event));
    if (fingers.size > 1) pinching = true;
    // A second button or finger takes back what the first began.
    if (active) return finish(false);
    if (pinching) return;
    const touch = touchOf(event);
    const press = handlers.press(touch);
    if (!press) return;
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    active = { id: event.pointerId, press, start: touch, drag: null };
    element.ownerDocument.addEventListener("keydown", onKey, true);
  }

  /** @param {PointerEvent} event */
  function onMove(event) {
    if (pinching && fingers.has(event.pointerId)) return pinch(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, localPoint(element, event));
    const touch = touchOf(event);
    if (!active) return handlers.hover(touch);
    if (event.pointerId !== active.id) return;
    event.stopPropagation();
    // A second button of a mouse that has one down comes as a move.
    if (event.button > 0) return finish(false);
    if (!active.drag) {
      const { point } = active.start;
      const slack = SLACK_PX[touch.kind] * touch.scale;
      if (Math.hypot(touch.point.x - point.x, touch.point.y - point.y) < slack) return;
      active.drag = active.press.drag(active.start);
      if (!active.drag) return finish(false);
    }
    active.drag.move({ ...touch, button: active.start.button });
  }

  /** Two fingers pan with their middle and zoom with their distance. @param {PointerEvent} event */
  function pinch(event) {
    event.stopPropagation();
    const before = spanOf([...fingers.values()]);
    fingers.set(event.pointerId, localPoint(element, event));
    const after = spanOf([...fingers.values()]);
    if (!before || !after) return;
    handlers.zoom({
      point: after.middle,
      factor: after.length / before.length,
      dx: after.middle.x - before.middle.x,
      dy: after.middle.y - before.middle.y,
    });
  }

  /** @param {PointerEvent} event */
  function onUp(event) {
    forget(event);
    if (active?.id !== event.pointerId) return;
    event.stopPropagation();
    const { press, drag } = active;
    const touch = { ...touchOf(event), button: active.start.button };
    finish(true);
    if (!drag) press.click(touch, countClicks(touch, event.timeStamp));
  }

  /** @param {PointerEvent} event */
  function forget(event) {
    fingers.delete(event.pointerId);
    if (fingers.size === 0) pinching = false;
  }

  /** @param {Touch} touch @param {number} at milliseconds */
  function countClicks({ point, kind }, at) {
    const near = Math.hypot(point.x - lastClick.point.x, point.y - lastClick.point.y) <= DOUBLE_CLICK_PX[kind];
    const count = near && at - lastClick.at <= DOUBLE_CLICK_MS ? lastClick.count + 1 : 1;
    lastClick = { at, point, count };
    return count;
  }

  /** @param {PointerEvent} event */
  function onLost(event) {
    forget(event);
    if (active?.id === event.pointerId) finish(false);
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const used = event.key === "Escape" || active?.drag?.key?.(event.key.toLowerCase());
    if (!used) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key === "Escape") finish(false);
  }

  /** @param {WheelEvent} event */
  function onWheel(event) {
    event.preventDefault();
    event.stopPropagation();
    if (active) return;
    const factor = wheelFactor(event, options().invertWheel ?? false);
    handlers.zoom({ point: localPoint(element, event), factor, dx: 0, dy: 0 });
  }

  /** @param {Event} event */
  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  const leave = () => active ?? handlers.hover(null);
  const undo = listenAll(element, {
    pointerdown: onDown,
    pointermove: onMove,
    pointerup: onUp,
    pointercancel: onLost,
    lostpointercapture: onLost,
    pointerleave: leave,
    contextmenu: swallow,
    mousedown: stopAutoscroll,
    dblclick: swallow,
    wheel: onWheel,
  });
  return {
    cancel: () => active && finish(false),
    dispose() {
      if (active) finish(false);
      undo();
    },
  };
}

/** The middle button pans here; in some browsers it would scroll the page. @param {MouseEvent} event */
const stopAutoscroll = (event) => event.button === 1 && event.preventDefault();

/** @param {Point[]} fingers @returns {{middle: Point, length: number} | null} of the first two */
function spanOf([a, b]) {
  if (!a || !b) return null;
  return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, length: Math.hypot(b.x - a.x, b.y - a.y) || 1 };
}

/**
 * @param {HTMLElement} element @param {Record<string, (event: any) => void>} listeners
 * @returns {() => void} their undo
 */
function listenAll(element, listeners) {
  const entries = Object.entries(listeners);
  for (const [type, listener] of entries) element.addEventListener(type, listener, { passive: false });
  return () => {
    for (const [type, listener] of entries) element.removeEventListener(type, listener);
  };
}
