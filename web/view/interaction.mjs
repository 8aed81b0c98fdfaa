// What a press in the scene means. On a handle, a key or the subject it pulls it; elsewhere a left drag orbits, a right,
// middle or Shift drag pans, a Ctrl drag selects in a box. Clicks select, a double click on the path adds a key.

import { orbit, pan, pointAtTargetDepth, viewFromProjection, zoomAbout } from "./camera.mjs";
import { inBox, pick, reachOf } from "./hit.mjs";
import { toScreen, toView, unproject } from "./project.mjs";
import { startKeyPull, startPull } from "./pulls.mjs";
import { strokeKeys } from "./stroke.mjs";
import { achievedAt, frameAt, targetsOf } from "./targets.mjs";

/** @typedef {import("./gestures.mjs").Touch} Touch */
/** @typedef {import("./gestures.mjs").Press} Press */
/** @typedef {import("./gestures.mjs").Drag} Drag */
/** @typedef {import("./gestures.mjs").Handlers} Handlers */
/** @typedef {import("./hit.mjs").Point} Point */
/** @typedef {import("./scene.mjs").Hover} Hover */
/** @typedef {import("./sceneView.mjs").Parts} Parts */

/** Zooming goes towards what is within this of the pointer. */
const ZOOM_REACH_PX = 28;

/** @param {Parts} parts @returns {Handlers} */
export const createInteraction = (parts) => ({
  press: (touch) => pressOf(parts, touch),
  hover: (touch) => parts.update({ hover: touch && hoverOf(parts, touch), pointer: touch?.point ?? null }),
  zoom: ({ point, factor, dx, dy }) => zoom(parts, point, factor, dx, dy),
});

/**
 * @param {Parts} parts @param {Touch} touch @param {import("./gizmo.mjs").Gizmo | null} [gizmo] whose handles count
 * @returns {Hover | null}
 */
function hoverOf(parts, { point, kind, scale }, gizmo = parts.gizmo()) {
  const scene = parts.scene();
  // On a graph that is zoomed out, a finger covers more of the scene.
  const hover = pick(targetsOf(scene, gizmo), point.x, point.y, reachOf(kind) * Math.max(1, scale));
  if (hover?.kind === "path") return { kind: "path", frame: frameAt(scene, point) };
  return hover?.kind === "achieved" ? { kind: "achieved", index: achievedAt(scene, point) } : hover;
}

/** @param {Parts} parts @param {Touch} touch @returns {Press} */
function pressOf(parts, touch) {
  parts.update({ touch: touch.kind === "touch" });
  const { tool } = parts.store.get();
  if (touch.button !== 0) return { drag: () => panDrag(parts, touch.point), click() {} };
  const hover = hoverOf(parts, touch);
  if (hover?.kind === "compass") {
    return { drag: () => orbitDrag(parts, touch.point), click: () => parts.setView(hover.view) };
  }
  if (tool !== "select" && !touch.shift) return { drag: () => strokeDrag(parts, touch.point, tool), click() {} };
  return { drag: () => dragOf(parts, touch, hover), click: (at, count) => click(parts, at, count, hover) };
}

/** @param {Parts} parts @param {Touch} touch @param {Hover | null} hover @returns {Drag | null} */
function dragOf(parts, touch, hover) {
  if (touch.shift) return touch.ctrl ? boxDrag(parts, touch.point, true) : panDrag(parts, touch.point);
  const gizmo = parts.gizmo();
  if (hover?.kind === "handle" && gizmo) return startPull(parts, gizmo, hover.id, touch.point);
  if (hover?.kind === "key") {
    parts.update({ subjectActive: false });
    return startKeyPull(parts, hover.index, touch.point);
  }
  if (hover?.kind === "subject") return subjectDrag(parts, touch.point);
  if (touch.ctrl || parts.options().boxSelect) return boxDrag(parts, touch.point, false);
  return orbitDrag(parts, touch.point);
}

/** @param {Parts} parts @param {Point} from @returns {Drag | null} */
function subjectDrag(parts, from) {
  parts.store.dispatch({ type: "select", indexes: [] });
  parts.update({ subjectActive: true });
  const gizmo = parts.gizmo();
  return gizmo && startPull(parts, gizmo, "free", from);
}

/** @param {Parts} parts @param {Touch} touch @param {number} count 2 is a double click @param {Hover | null} pressed */
function click(parts, touch, count, pressed) {
  const { store, update } = parts;
  // Handles are there to be pulled: a click goes to what is below.
  const hover = pressed?.kind === "handle" ? hoverOf(parts, touch, null) ?? pressed : pressed;
  const toggles = touch.shift || touch.ctrl;
  if (hover?.kind === "path") {
    update({ subjectActive: false });
    return store.dispatch(count === 2 ? { type: "add_key", frame: hover.frame } : { type: "seek", frame: hover.frame });
  }
  if (hover?.kind === "handle") return undefined;
  update({ subjectActive: hover?.kind === "subject" });
  if (hover?.kind === "key") {
    store.dispatch({ type: "select", indexes: [hover.index], mode: toggles ? "toggle" : "set" });
    // The look-through shows the key that is about to be edited.
    const key = store.get().document.keys[hover.index]; // none where another path has come since the press
    if (key && !toggles) store.dispatch({ type: "seek", frame: key.frame });
  } else if (!toggles) store.dispatch({ type: "select", indexes: [] });
}

/**
 * A drag that only moves the view needs no way back.
 * @param {Parts} parts @param {Point} from @param {(dx: number, dy: number) => void} step @returns {Drag}
 */
function viewDrag(parts, from, step) {
  let last = from;
  leaveCamera(parts);
  return {
    move({ point }) {
      step(point.x - last.x, point.y - last.y);
      last = point;
    },
    end() {},
    cancel() {},
  };
}

/** @param {Parts} parts @param {Point} from @returns {Drag} */
const orbitDrag = (parts, from) =>
  viewDrag(parts, from, (dx, dy) => parts.update({ camera: orbit(parts.view().camera, dx, dy) }));

/** @param {Parts} parts @param {Point} from @returns {Drag} */
const panDrag = (parts, from) =>
  viewDrag(parts, from, (dx, dy) => parts.update({ camera: pan(parts.view().camera, dx, dy, parts.size()) }));

/** Turning the view through a camera goes on from there with a view of one's own. @param {Parts} parts */
function leaveCamera(parts) {
  parts.stopMotion();
  if (!parts.view().through) return;
  const { projection, focus } = parts.scene();
  parts.update({ through: false, camera: viewFromProjection(projection, focus) });
}

/** @param {Parts} parts @param {Point} point @param {number} factor @param {number} dx @param {number} dy */
function zoom(parts, point, factor, dx, dy) {
  leaveCamera(parts);
  const size = parts.size();
  const camera = dx || dy ? pan(parts.view().camera, dx, dy, size) : parts.view().camera;
  parts.update({ camera: zoomAbout(camera, 1 / factor, zoomPoint(parts, point)) });
}

/**
 * What the pointer is on, at its own depth; on nothing, the depth that the view is about.
 * @param {Parts} parts @param {Point} point
 */
function zoomPoint(parts, point) {
  const scene = parts.scene();
  const hover = pick(targetsOf(scene, null), point.x, point.y, ZOOM_REACH_PX);
  const world = hover?.kind === "key" ? scene.document.keys[hover.index].position
    : hover?.kind === "subject" ? scene.document.subject : null;
  if (!world) return pointAtTargetDepth(parts.view().camera, point.x, point.y, parts.size());
  return unproject(scene.projection, point.x, point.y, toView(scene.projection, world)[2]);
}

/** @param {Parts} parts @param {Point} from @param {boolean} adds to what is selected @returns {Drag} */
function boxDrag(parts, from, adds) {
  const { store, update } = parts;
  const before = store.get().selection;
  update({ subjectActive: false });
  return {
    move({ point }) {
      update({ box: { from, to: point } });
      const inside = keysInBox(parts, from, point);
      store.dispatch({ type: "select", indexes: adds ? [...before, ...inside] : inside });
    },
    end: () => update({ box: null }),
    cancel() {
      update({ box: null });
      store.dispatch({ type: "select", indexes: before });
    },
  };
}

/** @param {Parts} parts @param {Point} a @param {Point} b @returns {number[]} */
function keysInBox(parts, a, b) {
  const { document, projection } = parts.scene();
  return document.keys.flatMap(({ position }, index) => {
    const point = toScreen(projection, position);
    return point && inBox(point, a, b) ? [index] : [];
  });
}

/** @param {Parts} parts @param {Point} from @param {import("./stroke.mjs").DrawTool} tool @returns {Drag} */
function strokeDrag(parts, from, tool) {
  const { store, update } = parts;
  parts.stopMotion();
  const { document, projection } = parts.scene();
  let stroke = [from];
  return {
    move({ point }) {
      stroke = [...stroke, point];
      update({ stroke });
    },
    end() {
      update({ stroke: null });
      const keys = strokeKeys(tool, document, projection, stroke);
      if (keys.length < 2) return;
      store.dispatch({ type: "replace", document: { ...document, keys } });
      store.dispatch({ type: "tool", tool: "select" });
    },
    cancel: () => update({ stroke: null }),
  };
}
