// The editor's widget on its node. The text lives in the node's ordinary STRING widget `path`, which is hidden: it is
// saved, sent, promoted and restored by the host as any other. This file keeps the two in step, in both renderers:
// nodes are configured after they are made, rebuilt by undo, paste, tab switch and subgraphs, and their elements are
// moved about by Nodes 2.0.

import { tellHost } from "./tellHost.mjs";

/** Node class that has the editor, and the widget's type, which no built-in widget has. */
export const EDITOR_NODE = "RaxelTrajectoryEditor";
const EDITOR_TYPE = "RAXEL_TRAJECTORY_EDITOR";
/** A new node's size; a smaller one can be dragged. */
export const FIRST_SIZE = [460, 720];
/** Bars, timeline, numbers and some scene. */
const LEAST_HEIGHT = 500;

/** @typedef {ReturnType<typeof import("../editor/editor.mjs").createEditor>} Editor */

/**
 * What a node's editor does for the rest of the page.
 * @typedef {object} Handle
 * @property {() => Editor | null} editor while the node is in a graph
 * @property {(output: any) => void} executed what a run says about the node
 * @property {() => void} rewired inputs may have changed
 */

/** @type {WeakMap<object, Handle>} */
const handles = new WeakMap();

/** @param {any} node @returns {Handle | null} */
export const editorOf = (node) => handles.get(node) ?? null;

/**
 * Hides the text in both renderers: the canvas asks the widget, Nodes 2.0 its options.
 * @param {any} widget
 */
function hide(widget) {
  widget.hidden = true;
  widget.options = { ...widget.options, hidden: true };
  widget.computeSize = () => [0, -4];
}

/**
 * Calls after the method that is there, and keeps what it returned.
 * @param {any} object @param {string} name @param {(...args: any[]) => void} after
 */
function chain(object, name, after) {
  const before = object[name];
  object[name] = function chained(/** @type {any[]} */ ...args) {
    const result = before?.apply(this, args);
    after(...args);
    return result;
  };
}

/**
 * @param {any} node just made; not yet in a graph
 * @param {{app: any, load: () => Promise<any>}} host load: the rest of the editor, and what it needs
 */
export function addEditorWidget(node, { app, load }) {
  const path = node.widgets?.find((/** @type {any} */ widget) => widget.name === "path");
  if (!path) return;
  const element = document.createElement("div");
  element.style.cssText = "display:flex;width:100%;height:100%;min-width:0;min-height:0;";
  /** @type {ReturnType<typeof import("./createNodeEditor.mjs").createNodeEditor> | null} */
  let mounted = null;
  let wanted = false;

  const write = (/** @type {string} */ text) => {
    path.value = text;
    path.callback?.(text);
    node.graph?.setDirtyCanvas?.(true, false);
    tellHost(app);
  };
  /** The text may have been changed by anybody: the widget's is the true one. */
  const read = () => mounted?.editor.setValue(String(path.value ?? ""));
  const mount = async () => {
    wanted = true;
    const parts = await load().catch(
      (error) => void (element.textContent = `The editor was not loaded: ${error.message}`),
    );
    if (!parts || !wanted || mounted) return;
    mounted = parts.createNodeEditor({ ...parts, node, element, value: String(path.value ?? ""), write });
  };
  const unmount = () => {
    wanted = false;
    mounted?.dispose();
    mounted = null;
  };

  hide(path);
  const widget = node.addDOMWidget("editor", EDITOR_TYPE, element, {
    serialize: false,
    hideOnZoom: false,
    margin: 4,
    getMinHeight: () => LEAST_HEIGHT,
    getValue: () => "",
    setValue: () => {},
  });
  widget.serialize = false;
  element.addEventListener("pointerenter", () => {
    read();
    mounted?.rewired();
  });
  chain(path, "callback", read);
  chain(node, "onAdded", () => void mount());
  chain(node, "onConfigure", () => {
    read();
    mounted?.rewired();
  });
  chain(node, "onConnectionsChange", () => mounted?.rewired());
  chain(node, "onRemoved", unmount);
  // By menu too: frontend 1.27's first Nodes 2.0 draws no pack's widgets at all.
  chain(node, "getExtraMenuOptions", (_canvas, options) => {
    if (mounted) options?.unshift?.({ content: mounted.menuWord, callback: () => mounted?.editor.openDialog() });
  });
  handles.set(node, {
    editor: () => mounted?.editor ?? null,
    executed: (output) => mounted?.executed(output),
    rewired: () => mounted?.rewired(),
  });
}
