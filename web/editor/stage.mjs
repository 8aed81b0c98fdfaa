// The two pictures: the scene, and what the camera of the playhead sees, over it in a node and beside it in full screen.

import { createLookThrough } from "../view/lookthrough.mjs";
import { createSceneView } from "../view/sceneView.mjs";
import { coveredBy } from "../view/surface.mjs";
import { button, disposables, keepKeys, make, setPressed } from "./dom.mjs";
import { subjectDistance } from "./pose.mjs";
import { hintFor } from "./shortcuts.mjs";

/** @typedef {import("./context.mjs").Context} Context */
/** @typedef {Pick<Context, "store" | "settings" | "t">} Parts */
/** @typedef {"top" | "front" | "side" | "camera" | "perspective"} ViewName */

/** @type {ViewName[]} */
const VIEWS = ["perspective", "top", "front", "side", "camera"];

/** @param {Parts} parts */
export function createStage({ store, settings, t }) {
  const all = disposables();
  const canvas = keepKeys(make("canvas", { class: "raxel-canvas", "aria-label": t("scene"), role: "img" }));
  const lookCanvas = make("canvas", { "aria-label": t("lookthrough"), role: "img" });
  const look = make("div", { class: "raxel-look" }, lookCanvas);
  const scene = make("div", { class: "raxel-scene" }, canvas);
  const element = make("div", { class: "raxel-stage" }, scene, look);
  const options = () => ({
    ...viewOptions(store, settings, t),
    covered: () => coveredBy(canvas, [look, strip.element]),
  });
  let space = /** @type {"world" | "camera"} */ ("world");
  const sceneView = all.add(createSceneView({ canvas, store, options, onView: (name) => strip.show(name) }));
  const lookView = all.add(createLookThrough({ canvas: lookCanvas, store, options }));
  const strip = viewStrip(t, (name) => views.setView(name));
  scene.append(strip.element);

  const views = {
    setView: sceneView.setView,
    fit: () => sceneView.fit(),
    setSpace(/** @type {"world" | "camera"} */ next) {
      space = next;
      sceneView.setSpace(next);
    },
    space: () => space,
  };
  return {
    element,
    scene,
    views,
    setImage(/** @type {HTMLImageElement | null} */ image) {
      sceneView.setImage(image);
      lookView.setImage(image);
    },
    setOverlay: sceneView.setOverlay,
    fitUnlessTheirs: sceneView.fitUnlessTheirs,
    update() {
      const { document } = store.get();
      look.hidden = !settings.get("lookThrough");
      look.style.aspectRatio = `${document.width} / ${document.height}`;
    },
    redraw() {
      sceneView.requestDraw();
      lookView.requestDraw();
    },
    dispose: all.dispose,
  };
}

/** What the views ask for at each drawing. @param {Context["store"]} store @param {Context["settings"]} settings @param {Context["t"]} t */
function viewOptions(store, settings, t) {
  const unit = subjectDistance(store.get().document) || 1;
  return {
    snap: {
      on: settings.get("snap"),
      position: settings.get("snapPosition") * unit,
      degrees: settings.get("snapDegrees"),
    },
    safeAreas: settings.get("safeAreas"),
    lensUnit: settings.get("lensUnit"),
    positionUnit: settings.get("positionUnit"),
    invertWheel: settings.get("invertWheel"),
    words: { right: t("field.right"), up: t("field.up"), forward: t("word.forward"), frame: t("word.frame") },
  };
}

/** The standard views, one press each. @param {Context["t"]} t @param {(name: ViewName) => void} onView */
function viewStrip(t, onView) {
  const buttons = VIEWS.map((name) =>
    button({
      text: t(`view.${name}`),
      label: t(`command.view_${name}`),
      hint: hintFor(`view_${name}`),
      onClick: () => onView(name),
    }),
  );
  return {
    element: make("div", { class: "raxel-views", role: "group" }, ...buttons),
    /** @param {ViewName | null} name */
    show: (name) => VIEWS.forEach((each, index) => setPressed(buttons[index], each === name)),
  };
}
