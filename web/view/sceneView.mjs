// The 3D view: puts the canvas, the gestures and the store together. What is drawn is scene.mjs, what a press means
// interaction.mjs.

import { distance } from "../math/vec.mjs";
import { START_VIEW, fit, freeRooms, standardView } from "./camera.mjs";
import { paint } from "./draw.mjs";
import { createGestures } from "./gestures.mjs";
import { createInteraction } from "./interaction.mjs";
import { createLayer } from "./layer.mjs";
import { createMotion } from "./motion.mjs";
import { pictureKeeper } from "./picture.mjs";
import { backdropPrimitives, backdropValues, playingPrimitives, pointsToSee, scenePrimitives } from "./scene.mjs";
import { aspectOf } from "./sceneCameras.mjs";
import { overlayPrimitives } from "./sceneOverlays.mjs";
import { canDrawOn } from "./stroke.mjs";
import { createSurface } from "./surface.mjs";
import { themeReader } from "./theme.mjs";
import { gizmoOf, pathPoints, sceneOf, startState } from "./viewState.mjs";

/** @typedef {import("../editor/store.mjs").Store} Store */
/** @typedef {import("../editor/reduce.mjs").EditorState} EditorState */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./camera.mjs").Size} Size */
/** @typedef {import("./camera.mjs").ViewCamera} ViewCamera */
/** @typedef {import("./drag.mjs").Constraint} Constraint */
/** @typedef {import("./options.mjs").ViewOptions} ViewOptions */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./scene.mjs").Scene} Scene */
/** @typedef {import("./sceneAchieved.mjs").Overlay} Overlay */
/** @typedef {import("./viewState.mjs").ViewState} ViewState */
/** @typedef {"top" | "front" | "side" | "camera" | "perspective"} ViewName */

/**
 * What the parts of one view share.
 * @typedef {object} Parts
 * @property {Store} store
 * @property {() => ViewOptions} options
 * @property {() => ViewState} view
 * @property {(patch: Partial<ViewState>) => void} update draws where something changes
 * @property {() => Scene} scene
 * @property {() => import("./gizmo.mjs").Gizmo | null} gizmo
 * @property {() => Size} size
 * @property {(name: ViewName) => void} setView
 * @property {() => void} stopMotion
 */

/**
 * @typedef {object} SceneView
 * @property {(name: ViewName) => void} setView
 * @property {() => void} fit
 * @property {() => void} fitUnlessTheirs at the next drawing, for a canvas of another size
 * @property {() => void} requestDraw
 * @property {(image: import("./picture.mjs").Image | null) => void} setImage
 * @property {(overlay: Overlay | null) => void} setOverlay
 * @property {(space: "world" | "camera") => void} setSpace
 * @property {(constraint: Constraint) => void} setConstraint of free moves
 * @property {() => void} dispose
 */

/** A scene that grew or shrank by more than this would be badly seen in the old view. */
const OTHER_SIZE = 1.6;

/**
 * @param {{canvas: HTMLCanvasElement, store: Store, options: () => ViewOptions, onView?: (name: ViewName | null) => void}} wiring
 * onView is told the standard view that is shown, null for any other
 * @returns {SceneView}
 */
export function createSceneView({ canvas, store, options, onView }) {
  let view = startState(START_VIEW);
  const motion = createMotion();
  const pictures = pictureKeeper();
  const backdrop = createLayer();
  /** @type {Overlay | null} */
  let overlay = null;
  let isFitted = false;
  /** The person has turned or chosen the view: it is theirs, and is not fitted unasked. */
  let isTheirs = false;
  /** @type {ViewName | null | undefined} what onView was told last */
  let shownView;
  const readTheme = themeReader(canvas);
  prepare(canvas);

  const surface = createSurface(canvas, draw);
  const { requestDraw, size, pixel } = surface;

  const picture = () => pictures.get(aspectOf(store.get().document));
  const scene = () =>
    sceneOf(view, store.get(), size(), {
      theme: options().theme ?? readTheme(), options: options(), overlay, hasPicture: picture() !== null, pixel: pixel(),
    });

  /** @param {Partial<ViewState>} patch */
  function update(patch) {
    const next = { ...view, ...patch };
    if (isSame(view, next)) return;
    isTheirs ||= patch.camera !== undefined;
    if (patch.camera || patch.through !== undefined) tellView(next.through ? "camera" : null);
    view = next;
    canvas.style.cursor = cursorOf(view, store.get());
    requestDraw();
  }

  /** @param {ViewName} name */
  function setView(name) {
    isTheirs = true;
    if (name === "camera") update({ through: true });
    else moveTo(standardView(view.camera, name));
    tellView(name);
  }

  /** @param {ViewName | null} name */
  function tellView(name) {
    if (name !== shownView) onView?.(name);
    shownView = name;
  }

  /** @param {ViewCamera} camera */
  function moveTo(camera) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || view.through;
    motion.stop();
    if (!still) motion.start(view.camera, camera);
    view = { ...view, through: false, camera: still ? camera : view.camera };
    requestDraw();
  }

  function fitNow() {
    const { document } = store.get();
    const inner = size();
    const points = pointsToSee(document, pathPoints(document), overlay, picture() !== null);
    const from = motion.target() ?? view.camera;
    const fits = freeRooms(inner, options().covered?.() ?? []).map((room) =>
      fit(from, points, inner, Math.min(48, 0.075 * Math.min(room.width, room.height)), room));
    // Where it can be seen from nearest, it is largest.
    return fits.reduce((best, each) => (each.distance < best.distance ? each : best));
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {import("./surface.mjs").Frame} frame
   * @returns {boolean} whether the view still moves
   */
  function draw(context, frame) {
    if (!isFitted) {
      isFitted = true;
      view = { ...view, camera: fitNow() };
    }
    view = { ...view, camera: motion.step(view.camera, frame.now) };
    const shown = scene();
    const surroundings = { font: shown.theme.font, picture: picture(), frame };
    paintScene(context, shown, surroundings, backdrop);
    paint(context, overlayPrimitives(shown, view, gizmo()), surroundings);
    return motion.target() !== null;
  }

  const gizmo = () => gizmoOf(view, store.get(), options());
  const parts = { store, options, update, scene, gizmo, size, setView, view: () => view, stopMotion: motion.stop };
  const gestures = createGestures(canvas, createInteraction(parts), options);

  const unsubscribe = store.subscribe((state, previous) => {
    if (state.selection.length && state.selection !== previous.selection) view = { ...view, subjectActive: false };
    if (state.tool !== previous.tool) showTool(state);
    if (!isTheirs && !view.pulling && isOtherScene(state.document, previous.document)) isFitted = false;
    requestDraw();
  });

  /** Turns the view to where one can draw. @param {EditorState} state */
  function showTool({ tool }) {
    canvas.style.cursor = cursorOf(view, store.get());
    if (tool !== "select" && !canDrawOn(tool, scene().projection)) setView(tool === "draw_ground" ? "top" : "side");
  }

  return {
    setView,
    fit: () => moveTo(fitNow()),
    fitUnlessTheirs() {
      isFitted = isTheirs;
      requestDraw();
    },
    requestDraw,
    setImage(next) {
      pictures.setImage(next);
      isFitted = isTheirs;
      requestDraw();
    },
    setOverlay(next) {
      overlay = next;
      requestDraw();
    },
    setSpace: (space) => update({ space }),
    setConstraint: (constraint) => update({ constraint }),
    dispose() {
      gestures.dispose();
      unsubscribe();
      surface.dispose();
    },
  };
}

/**
 * The scene, as much of it as did not change from what was painted before.
 * @param {CanvasRenderingContext2D} context @param {Scene} scene @param {import("./draw.mjs").Surroundings} surroundings
 * @param {ReturnType<typeof createLayer>} backdrop
 */
function paintScene(context, scene, surroundings, backdrop) {
  const { document, selection, playing, hover, overlay, theme } = scene;
  const { frame, picture } = surroundings;
  const still = playing ? [document, selection.join(), hover, overlay] : [];
  backdrop.draw(context, frame, [...backdropValues(scene), picture, ...still], (layer) => {
    layer.fillStyle = theme.background;
    layer.fillRect(0, 0, frame.size.width, frame.size.height);
    paint(layer, [...backdropPrimitives(scene), ...(playing ? scenePrimitives(scene) : [])], surroundings);
  });
  paint(context, playing ? playingPrimitives(scene) : scenePrimitives(scene), surroundings);
}

/** @param {HTMLCanvasElement} canvas */
function prepare(canvas) {
  canvas.tabIndex = 0;
  Object.assign(canvas.style, { display: "block", touchAction: "none", outline: "none", userSelect: "none" });
  canvas.dataset.captureWheel = "true"; // ComfyUI's own sign that the wheel is not for the graph
}

/** @param {ViewState} a @param {ViewState} b */
const isSame = (a, b) =>
  /** @type {(keyof ViewState)[]} */ (Object.keys(b)).every((name) =>
    a[name] === b[name] || (name === "hover" && JSON.stringify(a[name]) === JSON.stringify(b[name])) ||
    (name === "pointer" && !speaks(b.hover) && !speaks(a.hover)));

/** Whether there are words beside the pointer that move with it. @param {ViewState["hover"]} hover */
const speaks = (hover) => hover?.kind === "path" || hover?.kind === "achieved";

/**
 * Another path altogether, of another size: a preset, an imported file, what came in by a wire.
 * @param {PathDocument} a @param {PathDocument} b
 */
function isOtherScene(a, b) {
  if (a === b || a.keys.some((key) => b.keys.includes(key))) return false;
  const ratio = spread(a) / spread(b);
  return ratio > OTHER_SIZE || ratio < 1 / OTHER_SIZE;
}

/** How far a scene reaches from its first camera. @param {PathDocument} document */
const spread = ({ keys, subject }) =>
  Math.max(1e-9, ...[subject, ...keys.map(({ position }) => position)].map((point) => distance(point, keys[0].position)));

/** @param {ViewState} view @param {EditorState} editor */
function cursorOf({ hover, pulling }, { tool }) {
  if (pulling) return "grabbing";
  if (hover?.kind === "compass" || hover?.kind === "path") return "pointer";
  if (tool !== "select") return "crosshair";
  if (hover?.kind === "achieved") return "help";
  return hover ? "grab" : "default";
}
