// What the camera at the playhead sees, before any model has run: the source picture on the plane at the subject's
// depth of the first camera, exactly as that plane looks from here, with the ground, the subject and the safe areas.

import { cameraAt, samplePath } from "../math/path.mjs";
import { mmFromHfov } from "../math/lens.mjs";
import { formatQuantity } from "../editor/units.mjs";
import { START_VIEW, frameOf } from "./camera.mjs";
import { paint } from "./draw.mjs";
import { gridPrimitives } from "./grid.mjs";
import { homographyOf } from "./homography.mjs";
import { isEqual } from "./layer.mjs";
import { wordsOf } from "./options.mjs";
import { label } from "./primitives.mjs";
import { framePrimitives, maskPrimitives } from "./safeAreas.mjs";
import { subjectPrimitives } from "./sceneMarks.mjs";
import { pictureKeeper } from "./picture.mjs";
import { aspectOf, pictureOf } from "./sceneCameras.mjs";
import { createSurface } from "./surface.mjs";
import { themeReader } from "./theme.mjs";
import { sceneOf, startState } from "./viewState.mjs";

/** @typedef {import("../editor/store.mjs").Store} Store */
/** @typedef {import("../editor/reduce.mjs").EditorState} EditorState */
/** @typedef {import("./camera.mjs").Size} Size */
/** @typedef {import("./options.mjs").ViewOptions} ViewOptions */
/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./scene.mjs").Scene} Scene */

/** A frame narrower than this, in pixels, is for the picture alone. */
const NARROWEST_CAPTION = 190;

/**
 * @param {{canvas: HTMLCanvasElement, store: Store, options: () => ViewOptions}} wiring
 * @returns {{setImage: (image: import("./picture.mjs").Image | null) => void, requestDraw: () => void, dispose: () => void}}
 */
export function createLookThrough({ canvas, store, options }) {
  const pictures = pictureKeeper();
  const readTheme = themeReader(canvas);
  canvas.style.display = "block";

  const surface = createSurface(canvas, (context, frame) => {
    const editor = store.get();
    const { size } = frame;
    const picture = pictures.get(aspectOf(editor.document));
    const theme = options().theme ?? readTheme();
    const rest = { theme, options: options(), overlay: null, hasPicture: picture !== null, pixel: 1 / frame.scale };
    const scene = sceneOf({ ...startState(START_VIEW), through: true }, editor, size, rest);
    context.fillStyle = scene.theme.background;
    context.fillRect(0, 0, size.width, size.height);
    paint(context, lookThroughPrimitives(scene, size), { font: scene.theme.font, picture, frame });
  });
  const unsubscribe = store.subscribe((state, previous) => {
    if (!isEqual(valuesOf(state), valuesOf(previous))) surface.requestDraw();
  });
  return {
    requestDraw: surface.requestDraw,
    setImage(image) {
      pictures.setImage(image);
      surface.requestDraw();
    },
    dispose() {
      unsubscribe();
      surface.dispose();
    },
  };
}

/** All of the editor's state that this picture depends on. @param {EditorState} state @returns {unknown[]} */
function valuesOf({ document, playhead }) {
  const camera = cameraAt(document, playhead);
  const first = samplePath(document)[0];
  return [
    playhead, document.width, document.height, document.frames, ...document.subject,
    ...camera.position, ...camera.rotation, camera.hfov_deg, ...first.position, ...first.rotation, first.hfov_deg,
  ];
}

/** From back to front. @param {Scene} scene seen through its camera @param {Size} size @returns {Primitive[]} */
export function lookThroughPrimitives(scene, size) {
  const { document, projection, theme, options, ground } = scene;
  const frame = frameOf(document, size);
  const plane = { first: /** @type {const} */ (0), second: /** @type {const} */ (2), level: ground };
  const homography = homographyOf(pictureOf(document), projection);
  const picture = /** @type {Primitive} */ ({ kind: "picture", homography, near: projection.near, alpha: 1 });
  return [
    ...gridPrimitives(projection, plane, document.subject, theme, null),
    ...(scene.hasPicture ? [picture] : []),
    ...subjectPrimitives(scene),
    ...maskPrimitives(frame, size, theme),
    ...framePrimitives(frame, theme, options.safeAreas ?? true, scene.hasPicture),
    ...caption(scene, frame),
  ];
}

/**
 * Frame and lens, in the corner of the frame.
 * @param {Scene} scene @param {import("./camera.mjs").Rect} frame @returns {Primitive[]}
 */
function caption({ document, playhead, theme, options }, frame) {
  if (frame.width < NARROWEST_CAPTION) return [];
  const { hfov_deg: hfov } = cameraAt(document, playhead);
  const lens = options.lensUnit === "deg" ? formatQuantity(hfov, "deg") : formatQuantity(mmFromHfov(hfov), "mm");
  const text = `${wordsOf(options).frame} ${Math.round(playhead)} / ${document.frames - 1} · ${lens}`;
  const place = { x: frame.x + 14, y: frame.y + frame.height - 17 };
  return [label(place, text, theme.foreground, { align: "left", plate: { fill: theme.panel, border: theme.border } })];
}
