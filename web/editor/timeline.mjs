// The timeline: a strip of canvas on which keys are dragged, boxed and scrubbed past. Painting is timelineDraw.mjs,
// where things lie timelineMath.mjs; this file listens and turns pointers into events of the store.

import { scaleOf } from "../view/surface.mjs";
import { themeReader } from "../view/theme.mjs";
import { disposables, keepKeys, listen, make } from "./dom.mjs";
import { doubtOf } from "./doubt.mjs";
import { drawTimeline, heightOf } from "./timelineDraw.mjs";
import { createTimelineDrags } from "./timelineDrags.mjs";
import { frameAt, hitTimeline, shifted, wholeSpan, zoomed } from "./timelineMath.mjs";
import { LIMITS } from "./document.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {import("./timelineMath.mjs").Strip} Strip */
/** @typedef {import("./comparison.mjs").Errors} Errors */

/** Zoom of one notch of a wheel. */
const ZOOM_PER_PIXEL = 0.0015;

/**
 * @param {Context} context
 * @param {(index: number, at: {x: number, y: number}) => void} openSegment menu of the segment after a key
 * @returns {{element: HTMLElement, update(): void, escape(): boolean, setErrors(errors: Errors | null): void, dispose(): void}}
 */
export function createTimeline(context, openSegment) {
  const { store, settings, t } = context;
  const all = disposables();
  const canvas = keepKeys(make("canvas", { class: "raxel-timeline", role: "img", "aria-label": t("timeline") }));
  const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const theme = themeReader(canvas);
  /** @type {Strip} */
  let strip = { width: 0, span: wholeSpan(store.get().document.frames) };
  let framesBefore = store.get().document.frames;
  let frame = 0;
  /** @type {Errors | null} */
  let errors = null;

  const draw = () => {
    frame = 0;
    const tall = heightOf({ errors });
    canvas.style.height = `${tall}px`;
    if (strip.width < 40) return;
    const ratio = scaleOf(canvas, { width: strip.width, height: tall });
    const [width, height] = [Math.round(strip.width * ratio), Math.round(tall * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawTimeline(paint, store.get(), strip, {
      theme: theme(),
      timeUnit: settings.get("timeUnit"),
      word: (key) => segmentWord(key, t),
      errors,
      ...drags.look(),
    });
  };
  const update = () => {
    const { frames } = store.get().document;
    if (frames !== framesBefore) strip = { ...strip, span: wholeSpan(frames) };
    framesBefore = frames;
    if (!frame) frame = requestAnimationFrame(draw);
  };
  const setSpan = (/** @type {import("./timelineMath.mjs").Span} */ span) => {
    strip = { ...strip, span };
    update();
  };
  const pointOf = (/** @type {MouseEvent} */ event) => {
    // The canvas may be drawn scaled, where the graph is zoomed.
    const box = canvas.getBoundingClientRect();
    const scale = box.width ? canvas.clientWidth / box.width : 1;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  };
  const drags = createTimelineDrags({
    store,
    strip: () => strip,
    setSpan,
    redraw: update,
    openSegment,
    holdLimit: LIMITS.hold[1],
  });

  const observer = new ResizeObserver(() => {
    strip = { ...strip, width: canvas.clientWidth };
    update();
  });
  observer.observe(canvas);
  all.call(() => observer.disconnect());
  all.call(() => cancelAnimationFrame(frame));
  all.add(
    listen(canvas, "pointerdown", (event) => {
      if (!event.isPrimary) return; // a second finger has no part in what the first began
      canvas.setPointerCapture(event.pointerId);
      drags.down(pointOf(event), event);
    }),
  );
  all.add(
    listen(canvas, "pointermove", (event) => {
      if (!event.isPrimary) return;
      drags.move(pointOf(event), event);
      canvas.title = doubtWord(store.get().document, frameAt(pointOf(event).x, strip, store.get().document.frames), t);
      canvas.style.cursor = cursorFor(
        hitTimeline(pointOf(event), store.get().document.keys, strip, event.pointerType).kind,
      );
    }),
  );
  all.add(listen(canvas, "pointerup", (event) => event.isPrimary && drags.up(pointOf(event), event)));
  all.add(listen(canvas, "lostpointercapture", (event) => event.isPrimary && drags.cancel()));
  // The host may have zoomed since the strip was drawn.
  all.add(listen(canvas, "pointerenter", update));
  all.add(listen(canvas, "pointerleave", () => drags.leave()));
  all.add(listen(canvas, "dblclick", (event) => drags.doubleClick(pointOf(event))));
  all.add(
    listen(canvas, "contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    }),
  );
  all.add(
    listen(
      canvas,
      "wheel",
      (event) => {
        event.preventDefault();
        event.stopPropagation();
        const { frames } = store.get().document;
        const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
        const perPixel = (strip.span.last - strip.span.first) / Math.max(1, strip.width);
        if (sideways) setSpan(shifted(strip.span, sideways * perPixel, frames));
        else setSpan(zoomed(strip, pointOf(event).x, Math.exp(-event.deltaY * ZOOM_PER_PIXEL), frames));
      },
      { passive: false },
    ),
  );
  return {
    element: canvas,
    update,
    escape: drags.cancel,
    setErrors(next) {
      errors = next;
      update();
    },
    dispose: all.dispose,
  };
}

/** What is to be said of a doubtful frame. @param {import("./document.mjs").PathDocument} document @param {number} frame @param {Context["t"]} t */
function doubtWord(document, frame, t) {
  const { at, confidence } = doubtOf(document);
  return at[frame] && confidence ? t("doubt.frame", { frame, confidence: confidence[frame].toFixed(2) }) : "";
}

/** @param {string} kind */
const cursorFor = (kind) =>
  ({ key: "grab", hold: "ew-resize", segment: "pointer", ruler: "ew-resize" })[kind] ?? "default";

/** "smooth · ease in", "hold 4 · linear". @param {import("./document.mjs").Key} key @param {import("./context.mjs").Translate} t */
function segmentWord(key, t) {
  const parts = [t(`interpolation.${key.interpolation}`)];
  if (key.easing !== "linear") parts.push(t(`easing.${key.easing}`));
  if (key.hold) parts.unshift(t("hold.word", { frames: key.hold }));
  return parts.join(" · ");
}
