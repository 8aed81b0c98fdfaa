// Raxel's entry in ComfyUI's frontend: the host imports this file at page start, so it stays small and loads the rest
// when it is needed. Nodes get their widgets in nodeCreated, at once: a workflow is configured right after.

import { api } from "/scripts/api.js";
import { app } from "/scripts/app.js";

import { addCameraUpload, LOAD_NODE } from "./host/cameraUpload.mjs";
import { addEditorWidget, EDITOR_NODE, FIRST_SIZE } from "./host/editorWidget.mjs";
import { followRuns } from "./host/runs.mjs";
import { settingEntries, settingsOf } from "./host/settings.mjs";
import { colorSockets, hasOurSockets } from "./host/sockets.mjs";

const LIVE_NODES = new Set(["JointSampler", "RaxelClosedLoop"]);

/** Modules that only their nodes need. A page that knows it will need them may ask before. */
const later = {
  editor: () => import("./host/createNodeEditor.mjs"),
  live: () => import("./live/attach.mjs"),
  words: () => import("./i18n.mjs"),
};

const settings = settingsOf(app);

/** @returns {Promise<import("./editor/context.mjs").Translate>} */
async function translator() {
  const { createTranslator } = await later.words();
  return createTranslator(String(app.extensionManager?.setting?.get("Comfy.Locale") ?? "en"));
}

/** One listener to the server for all samplers of the page. @type {ReturnType<typeof startLive> | null} */
let live = null;

async function startLive() {
  const [{ startLive: start, attachLiveView, whenInGraph }, t] = await Promise.all([later.live(), translator()]);
  const isOn = () => settings.get("liveView");
  const { runs, changed } = start({ api, isOn });
  settings.subscribe(changed);
  const host = { app, api, runs, t, isOn };
  return { attach: (/** @type {any} */ node) => whenInGraph(node, () => void attachLiveView(node, host)) };
}

// A page that is loaded again in the middle of a run hears of it before it has a sampler; the host complains of messages
// that nobody listens to.
api.addEventListener("raxel.step", () => undefined);

app.registerExtension({
  name: "Raxel",
  settings: settingEntries(settings),
  setup() {
    colorSockets(app);
    followRuns({ app, api });
    // The first editor that is dropped must show at once; the browser fetches its parts when it has nothing to do.
    const idle = window.requestIdleCallback ?? ((/** @type {() => void} */ run) => setTimeout(run, 2000));
    idle(() => void Promise.all([later.editor(), later.words()]).catch(() => undefined));
  },
  afterConfigureGraph: () => colorSockets(app),
  /** @param {any} node */
  nodeCreated(node) {
    if (hasOurSockets(node)) colorSockets(app);
    if (node.comfyClass === EDITOR_NODE) {
      addEditorWidget(node, {
        app,
        load: async () => ({ ...(await later.editor()), t: await translator(), settings, api, app }),
      });
      node.setSize([Math.max(node.size[0], FIRST_SIZE[0]), Math.max(node.size[1], FIRST_SIZE[1])]);
    } else if (node.comfyClass === LOAD_NODE) {
      addCameraUpload(node, { app, api, words: translator });
    } else if (LIVE_NODES.has(node.comfyClass)) {
      live ??= startLive();
      // Where the server was gone, the next node asks again.
      live.then(
        ({ attach }) => attach(node),
        () => void (live = null),
      );
    }
  },
});
