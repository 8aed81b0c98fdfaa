// The live view in ComfyUI: which node a message belongs to, the widget on the sampler, and telling the server that this
// page draws the steps itself (then it sends them in place of its own preview picture, which would say the same twice).

import { nodeAt, rootGraph } from "../host/graph.mjs";
import { createLiveView, LEAST_HEIGHT } from "./liveView.mjs";
import { createRuns, EMPTY, hasContent, withChosen, withClips, withStep } from "./runs.mjs";

/** @typedef {import("./runs.mjs").Runs} Runs */
/** @typedef {import("./runs.mjs").Address} Address */

/** The widget's type, which no built-in widget has. */
const LIVE_TYPE = "RAXEL_LIVE_VIEW";
const LIVE_NAME = "raxel_live_view";
const RUNS_RECALLED = 16;

/** Whether a run belongs to a node of the workflow that is open. @param {any} app @param {any} node @returns {(address: Address) => boolean} */
export const belongsTo = (app, node) => (address) => {
  const open = rootGraph(app)?.id;
  return (!address.workflow || !open || address.workflow === open) && nodeAt(app, address.node) === node;
};

/** @param {any} output of a node @returns {import("./runs.mjs").Clip[] | null} */
function filmsOf(output) {
  const clips = output?.raxel_clip;
  return Array.isArray(clips) && clips.length ? clips : null;
}

/**
 * Listens to the server for all nodes of the page, and tells it while the setting is on.
 * @param {{api: any, isOn: () => boolean}} host
 * @returns {{runs: Runs, changed(): void, dispose(): void}} `changed`: the setting was
 */
export function startLive({ api, isOn }) {
  const runs = createRuns();
  let told = "";
  /** Once for every page id and answer; `status` comes often. */
  const announce = () => {
    const client = api.clientId ?? api.initialClientId;
    const words = JSON.stringify({ client_id: client, on: isOn() });
    if (!client || words === told) return;
    told = words;
    api.fetchApi("/raxel/live", { method: "POST", body: words }).catch(() => (told = ""));
  };
  /** @param {any} event */
  const onStep = ({ detail }) => runs.update({ workflow: detail.workflow, node: String(detail.node) }, (run) => withStep(run, detail));
  /** @param {any} event */
  const onExecuted = ({ detail }) => {
    const clips = filmsOf(detail.output);
    if (clips) runs.update({ workflow: clips[0].workflow ?? "", node: String(detail.node) }, (run) => withClips(run, clips));
  };
  // A page that was loaded again finds the films of before: the host tells a cached result of an inner node only once.
  const recall = async () => {
    const past = await (await api.fetchApi(`/history?max_items=${RUNS_RECALLED}`)).json();
    for (const { outputs } of Object.values(past)) {
      for (const [node, output] of Object.entries(outputs ?? {})) {
        const clips = filmsOf(output);
        // The history is everybody's: films that name no workflow may be anybody's.
        if (!clips?.[0].workflow) continue;
        runs.update({ workflow: clips[0].workflow, node }, (run) => (run.running ? run : withClips(run, clips)));
      }
    }
  };
  /** @type {[string, (event: any) => void][]} */
  const listeners = [
    ["raxel.step", onStep],
    ["executed", onExecuted],
    ["execution_success", runs.endAll],
    ["execution_error", runs.endAll],
    ["execution_interrupted", runs.endAll],
    ["status", announce],
    ["reconnected", () => { told = ""; announce(); }],
  ];
  for (const [type, listener] of listeners) api.addEventListener(type, listener);
  announce();
  recall().catch(() => undefined);
  return {
    runs,
    changed: () => (announce(), runs.tell()),
    dispose: () => listeners.forEach(([type, listener]) => api.removeEventListener(type, listener)),
  };
}

/**
 * Runs once, when the node is in a graph: the host also makes nodes that never are, such as the ones it copies from.
 * @param {any} node @param {() => void} run
 */
export function whenInGraph(node, run) {
  let isDone = false;
  const look = () => {
    if (isDone || node.graph?.getNodeById?.(node.id) !== node) return;
    isDone = true;
    run();
  };
  look();
  const added = node.onAdded;
  node.onAdded = function onAdded() {
    queueMicrotask(look); // the host configures the node first
    return added?.apply(this, arguments);
  };
}

/**
 * Gives a sampler its view: a widget that is not there until there is something to see.
 * @param {any} node
 * @param {{app: any, api: any, runs: Runs, t: import("../editor/context.mjs").Translate, isOn: () => boolean}} host
 * @returns {{dispose(): void}}
 */
export function attachLiveView(node, { app, api, runs, t, isOn }) {
  /** @param {import("./runs.mjs").Clip} clip */
  const urlOf = ({ filename, subfolder, type }) => api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type })}`);
  const mine = () => runs.find(belongsTo(app, node));
  const onChoose = (/** @type {number} */ take) => {
    const found = mine();
    if (found) runs.updateAt(found.key, (run) => withChosen(run, take));
  };
  const view = createLiveView({ t, urlOf, onChoose });
  // Nodes 2.0 mounts a widget once, so `hidden` would come too late: the widget is always there, and has no height.
  let isShown = false;
  /** By how much the node had to grow for it, to shrink again by as much. */
  let grown = 0;
  const height = () => (isShown ? LEAST_HEIGHT : 0);
  const options = { serialize: false, hideOnZoom: false, margin: 8, getMinHeight: height, getValue: () => "", setValue: () => {} };
  const widget = node.addDOMWidget(LIVE_NAME, LIVE_TYPE, view.element, {
    ...options,
    getMaxHeight: () => (isShown ? undefined : 0),
  });
  widget.serialize = false;
  view.element.hidden = true;
  /** @param {boolean} shown */
  const setShown = (shown) => {
    if (shown === isShown) return;
    isShown = shown;
    view.element.hidden = !shown;
    const [[width, before], [, least]] = [node.size, node.computeSize()];
    const after = Math.max(least, shown ? before : before - grown);
    grown = shown ? after - before : 0;
    node.setSize([width, after]);
    node.graph?.setDirtyCanvas?.(true, true);
  };
  const update = () => {
    const run = (isOn() && mine()?.run) || EMPTY;
    const shown = hasContent(run);
    if (shown || isShown) view.show(run);
    setShown(shown);
  };
  const stop = runs.subscribe(update);
  // A node that comes back with its tab or its subgraph finds its run; it has its id and graph one turn later.
  queueMicrotask(update);
  const removed = node.onRemoved;
  node.onRemoved = function onRemoved() {
    stop();
    view.dispose();
    return removed?.apply(this, arguments);
  };
  return { dispose: () => (stop(), view.dispose()) };
}
