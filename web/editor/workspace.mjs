// One editor's parts put together: bars, pictures, timeline, numbers, keyboard. It knows the store, not the text.

import { createClipboard } from "./clipboard.mjs";
import { disposables, make } from "./dom.mjs";
import { createDoubtBar } from "./doubtBar.mjs";
import { createDropTarget } from "./dropTarget.mjs";
import { openFileMenu } from "./files.mjs";
import { createFocus } from "./focus.mjs";
import { importFiles } from "./importFile.mjs";
import { createInspector } from "./inspector.mjs";
import { createKeyboard } from "./keyboard.mjs";
import { openPathMenu } from "./pathMenu.mjs";
import { createPlayer } from "./player.mjs";
import { openPresets } from "./presetPanel.mjs";
import { openSegmentMenu } from "./segmentMenu.mjs";
import { createStage } from "./stage.mjs";
import { createTimeline } from "./timeline.mjs";
import { createToolbar } from "./toolbar.mjs";
import { createTransport } from "./transport.mjs";

/** @typedef {import("./context.mjs").Context} Context */

/**
 * @param {Omit<Context, "views" | "clipboard" | "surface" | "notify"> & {notify?: Context["notify"], surface: Omit<Context["surface"], "escape">}} base
 * @param {(parent: HTMLElement) => Context["notify"]} messages
 */
export function createWorkspace(base, messages) {
  const all = disposables();
  const { store, settings, surface } = base;
  const stage = all.add(createStage(base));
  const notify = base.notify ?? messages(stage.scene);
  const clipboard = createClipboard({ ...base, notify });
  /** @type {Context} */
  const context = {
    ...base,
    notify,
    clipboard,
    views: {
      ...stage.views,
      setSpace: (space) => {
        stage.views.setSpace(space);
        refresh();
      },
    },
    surface: { ...surface, escape: () => escape(context, timeline) },
  };
  const timeline = all.add(createTimeline(context, (index, at) => openSegmentMenu(context, index, at)));
  const transport = all.add(createTransport(context));
  const doubt = all.add(createDoubtBar(context));
  const inspector = all.add(createInspector(context));
  const toolbar = all.add(
    createToolbar(context, {
      presets: (anchor) => void openPresets(context, anchor),
      path: (anchor) => openPathMenu(context, anchor),
      file: (anchor) => void openFileMenu(context, anchor),
    }),
  );
  all.add(createPlayer(store));
  all.add(createFocus(surface.root));
  all.add(createKeyboard(context, clipboard));
  all.add(
    createDropTarget({
      root: surface.root,
      text: base.t("file.drop"),
      // Hidden, the path gives way to a text that cannot be read, which no file may replace.
      onFiles: (files) => void (element.hidden || importFiles(context, files)),
    }),
  );
  const lower = make("div", { class: "raxel-lower" }, transport.element, timeline.element, doubt.element);
  const element = make(
    "div",
    { class: "raxel-editing" },
    toolbar.element,
    make("div", { class: "raxel-body" }, stage.element, lower, inspector.element),
  );

  let frame = 0;
  const update = () => {
    frame = 0;
    inspector.element.hidden = !settings.get("inspector") && !surface.isFull();
    for (const part of [toolbar, transport, timeline, doubt, inspector, stage]) part.update();
  };
  /** At most once a frame, however many events come. */
  function refresh() {
    if (!frame) frame = requestAnimationFrame(update);
  }
  all.call(() => cancelAnimationFrame(frame));
  all.call(store.subscribe(refresh));
  // Nobody watches a path that plays out of sight.
  const sight = new IntersectionObserver((entries) => {
    const isSeen = entries[entries.length - 1].isIntersecting;
    if (!isSeen && store.get().playing) store.dispatch({ type: "pause" });
  });
  sight.observe(surface.root);
  all.call(() => sight.disconnect());
  all.call(
    settings.subscribe(() => {
      refresh();
      stage.redraw();
    }),
  );
  update();
  /** @param {import("./comparison.mjs").Comparison | null} comparison whose path is shown @param {import("./comparison.mjs").Errors | null} errors */
  const showComparison = (comparison, errors) => {
    stage.setOverlay(comparison && { ...comparison, errors });
    timeline.setErrors(errors);
  };
  return { element, lower, context, stage, refresh, showComparison, dispose: all.dispose };
}

/**
 * Escape leaves the nearest thing: a drag, a drawing tool, the selection, full screen.
 * @param {Context} context @param {{escape(): boolean}} timeline
 */
function escape({ store, surface }, timeline) {
  const { tool, selection } = store.get();
  if (timeline.escape()) return;
  if (tool !== "select") store.dispatch({ type: "tool", tool: "select" });
  else if (selection.length) store.dispatch({ type: "select", indexes: [] });
  else if (surface.isFull()) surface.toggleFull();
}
