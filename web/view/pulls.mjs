// Pulling a handle, a key or the subject: geometry from drag.mjs becomes events of the store and words at the pointer.
// One pull is one undo step.

import { quatFromAxisAngleDeg } from "../math/rotation.mjs";
import { add, distance, normalize, subtract } from "../math/vec.mjs";
import { pull } from "./drag.mjs";
import { layoutGizmo } from "./gizmo.mjs";
import { degreesText, lengthText, signedLengthText, wordsOf } from "./options.mjs";
import { toScreen } from "./project.mjs";

/** @typedef {import("../math/vec.mjs").Vec3} Vec3 */
/** @typedef {import("../editor/reduce.mjs").EditorEvent} EditorEvent */
/** @typedef {import("../editor/document.mjs").PathDocument} PathDocument */
/** @typedef {import("./drag.mjs").Change} Change */
/** @typedef {import("./drag.mjs").Constraint} Constraint */
/** @typedef {import("./drag.mjs").Snap} Snap */
/** @typedef {import("./gestures.mjs").Drag} Drag */
/** @typedef {import("./gestures.mjs").Touch} Touch */
/** @typedef {import("./gizmo.mjs").Gizmo} Gizmo */
/** @typedef {import("./gizmo.mjs").Handle} Handle */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./options.mjs").ViewOptions} ViewOptions */
/** @typedef {import("./project.mjs").Projection} Projection */
/** @typedef {import("./sceneView.mjs").Parts} Parts */

/** An aim that comes this near to the subject on the screen is at the subject. */
const MAGNET_PX = 12;
const DEFAULT_SNAP = { position: 0.1, degrees: 5, scale: 0.1 };

/** Ctrl turns snapping on, or off where it is on. @param {ViewOptions} options @param {boolean} ctrl @returns {Snap} */
export function snapOf({ snap }, ctrl) {
  const isOn = (snap?.on ?? false) !== ctrl;
  return isOn ? { ...DEFAULT_SNAP, ...snap } : null;
}

/**
 * @param {Parts} parts @param {Gizmo} gizmo @param {string} id of its handle @param {Point} from
 * @returns {Drag | null}
 */
export function startPull(parts, gizmo, id, from) {
  const { projection } = parts.scene();
  const handle = layoutGizmo(gizmo, projection).find((each) => each.id === id);
  return handle ? pullDrag(parts, { handle, gizmo, projection, from }) : null;
}

/**
 * A key taken by its disc: it moves freely, and with it all that are selected.
 * @param {Parts} parts @param {number} index @param {Point} from @returns {Drag | null}
 */
export function startKeyPull(parts, index, from) {
  if (!parts.store.get().selection.includes(index)) parts.store.dispatch({ type: "select", indexes: [index] });
  const gizmo = parts.gizmo();
  const { position } = parts.store.get().document.keys[index];
  return gizmo && startPull(parts, { ...gizmo, origin: position }, "free", from);
}

/** @param {Parts} parts @param {import("./drag.mjs").Grip} grip @returns {Drag} */
function pullDrag(parts, grip) {
  const { store, view, update } = parts;
  const startDocument = store.get().document;
  const shownBefore = view().constraint;
  let degrees = 0;
  /** @type {Touch | null} */
  let last = null;
  store.begin();

  /** @param {Touch} touch */
  function move(touch) {
    last = touch;
    const snap = snapOf(parts.options(), touch.ctrl);
    let change = pull(grip, touch.point, snap, view().constraint, degrees);
    if (change.kind === "turn" || change.kind === "roll") degrees = change.degrees;
    if (change.kind === "aim") change = atSubject(change, startDocument, grip.projection, touch.point);
    store.dispatch(eventOf(change, grip.gizmo, startDocument, store.get().selection));
    update({ pulling: shown(change, touch.point, startDocument, parts.options(), grip.gizmo, grip.handle.id) });
  }

  const close = () => update({ pulling: null, constraint: shownBefore });
  return {
    move,
    end() {
      store.commit();
      close();
    },
    cancel() {
      store.cancel();
      close();
    },
    key(letter) {
      if (!"xyz".includes(letter) || letter.length !== 1 || grip.handle.kind !== "free") return false;
      const constraint = /** @type {Constraint} */ (letter);
      update({ constraint: view().constraint === constraint ? null : constraint });
      if (last) move(last);
      return true;
    },
  };
}

/**
 * @param {Extract<Change, {kind: "aim"}>} change @param {PathDocument} document @param {Projection} projection
 * @param {Point} pointer @returns {Change}
 */
function atSubject(change, document, projection, pointer) {
  const point = toScreen(projection, document.subject);
  const isNear = point && Math.hypot(point.x - pointer.x, point.y - pointer.y) <= MAGNET_PX;
  return isNear ? { kind: "aim", point: document.subject } : change;
}

/**
 * @param {Change} change @param {Gizmo} gizmo @param {PathDocument} document at the start @param {number[]} indexes
 * @returns {EditorEvent}
 */
export function eventOf(change, gizmo, document, indexes) {
  if (change.kind === "aim") return { type: "aim_at", point: change.point };
  if (change.kind === "roll") return { type: "roll", deg: change.degrees };
  if (change.kind === "scale") return { type: "transform", indexes, pivot: gizmo.origin, scale: change.factor };
  if (change.kind === "turn") {
    const rotation = quatFromAxisAngleDeg(change.axis, change.degrees);
    return { type: "transform", indexes, pivot: gizmo.origin, rotation };
  }
  if (gizmo.of === "subject") {
    return { type: "set_path", patch: { subject: add(document.subject, change.translation) } };
  }
  return { type: "transform", indexes, translation: change.translation };
}

/**
 * @param {Change} change @param {Point} pointer @param {PathDocument} document @param {ViewOptions} options
 * @param {Gizmo} gizmo @param {string} handle @returns {import("./viewState.mjs").Pulling}
 */
function shown(change, pointer, document, options, gizmo, handle) {
  const along = change.kind === "move" ? change.along : [0, 1, 2];
  const aim = change.kind === "aim" ? change.point : null;
  return { handle, along, pointer, aim, text: changeText(change, document, options, gizmo) };
}

/**
 * What a pull has done so far.
 * @param {Change} change @param {PathDocument} document @param {ViewOptions} options @param {Gizmo} gizmo
 */
export function changeText(change, document, options, gizmo) {
  if (change.kind === "scale") return `× ${change.factor.toFixed(2)}`;
  if (change.kind === "aim") return aimText(gizmo.origin, change.point, document);
  if (change.kind !== "move") return `↻ ${degreesText(change.degrees)}`;
  const words = wordsOf(options);
  const names = [words.right, words.up, words.forward];
  const parts = change.along.map((index) => {
    const amount = gizmo.axes[index].reduce((sum, value, i) => sum + value * change.translation[i], 0);
    return `${names[index]} ${signedLengthText(amount, document, options)}`;
  });
  if (change.along.length > 1) return parts.join("  ");
  const other = options.positionUnit === "sd" ? "u" : "sd";
  const length = distance(change.translation, [0, 0, 0]);
  return `${parts[0]}  (${lengthText(length, document, { ...options, positionUnit: other })})`;
}

/** Heading and height of a view. @param {Vec3} eye @param {Vec3} point @param {PathDocument} document */
function aimText(eye, point, document) {
  const mark = point === document.subject ? "◎ " : "";
  if (distance(eye, point) === 0) return mark;
  const [x, y, z] = normalize(subtract(point, eye));
  const heading = (Math.atan2(x, z) * 180) / Math.PI;
  const above = (-Math.asin(Math.min(1, Math.max(-1, y))) * 180) / Math.PI;
  return `${mark}↔ ${degreesText(heading)}  ↕ ${degreesText(above)}`;
}
