// When the scene's view is fitted unasked: at first, and for a canvas of another size, until a person has turned it.
// The page is a stand-in; what is drawn tells how large the path is seen.

import assert from "node:assert/strict";
import test from "node:test";

import { createStore } from "../../web/editor/store.mjs";
import { createSceneView } from "../../web/view/sceneView.mjs";
import { themeOf } from "../../web/view/theme.mjs";
import { arcDocument } from "./viewKit.mjs";

/** @type {(() => void)[]} */
let frames = [];
class Observer {
  /** @param {(entries: any[]) => void} callback */
  constructor(callback) {
    this.callback = callback;
  }
  observe() {
    queueMicrotask(() => this.callback([{ isIntersecting: true }]));
  }
  disconnect() {}
}
Object.assign(globalThis, {
  IntersectionObserver: Observer,
  ResizeObserver: Observer,
  requestAnimationFrame: (/** @type {() => void} */ draw) => frames.push(draw),
  cancelAnimationFrame() {},
  matchMedia: () => ({ matches: true }),
  devicePixelRatio: 1,
  window: Object.assign(new EventTarget(), { innerWidth: 2000, innerHeight: 1200 }),
  document: Object.assign(new EventTarget(), { createElement: () => ({ getContext: () => null }) }),
});

/** Radius of a key's disc. */
const KEY_PX = 8.5;

/** A scene on a canvas that remembers the last drawing. */
async function shownScene() {
  /** @type {number[]} */
  let xs = [];
  const context = new Proxy(/** @type {any} */ ({}), {
    get: (own, name) =>
      own[name] ??
      ((/** @type {number[]} */ ...values) => {
        if (name === "arc" && values[2] === KEY_PX) xs.push(values[0]);
        return { width: 10 };
      }),
  });
  const canvas = /** @type {any} */ (Object.assign(new EventTarget(), {
    clientWidth: 400,
    clientHeight: 300,
    style: {},
    dataset: {},
    ownerDocument: document,
    getContext: () => context,
    getBoundingClientRect: () => ({ left: 0, top: 0, right: canvas.clientWidth, bottom: canvas.clientHeight, width: canvas.clientWidth, height: canvas.clientHeight }),
  }));
  const theme = themeOf([32, 32, 32], [220, 220, 220]);
  const view = createSceneView({ canvas, store: createStore(arcDocument()), options: () => ({ theme }) });
  await Promise.resolve();
  return {
    view,
    canvas,
    /** Pixels between the outermost keys. */
    extent() {
      xs = [];
      view.requestDraw();
      for (const draw of frames.splice(0)) draw();
      return Math.max(...xs) - Math.min(...xs);
    },
  };
}

test("on a canvas of another shape the view is fitted anew when that is said", async () => {
  const { view, canvas, extent } = await shownScene();
  assert.ok(extent() > 0);
  Object.assign(canvas, { clientWidth: 300, clientHeight: 1200 });
  const wide = extent();
  view.fitUnlessTheirs();
  const fitted = extent();
  assert.ok(fitted < 300 && wide > 1.2 * fitted, `${wide} ${fitted}`);
  view.dispose();
});

test("a view that a person has chosen stays", async () => {
  const { view, canvas, extent } = await shownScene();
  extent();
  view.setView("front");
  extent();
  Object.assign(canvas, { clientWidth: 300, clientHeight: 1200 });
  const before = extent();
  view.fitUnlessTheirs();
  assert.ok(before > 0);
  assert.equal(extent(), before);
  view.dispose();
});
