// The editor as one thing: text in, text out. It knows no ComfyUI (web/host does), only a page to stand in.
//
// The text has one owner, the host. Edits flow store -> serializeDocument -> onChange; whatever the host says later
// (undo of the graph, paste, a reload) flows back through setValue. Text that cannot be read is shown and kept.

import { createBroken } from "./brokenMode.mjs";
import { comparisonOf } from "./comparison.mjs";
import { createComparisonBar } from "./comparisonBar.mjs";
import { createDialog } from "./dialog.mjs";
import { DEFAULT, DEFAULT_TEXT, parseDocument, serializeDocument } from "./document.mjs";
import { disposables, listen, make, watchPalette } from "./dom.mjs";
import { openHelp } from "./help.mjs";
import { createMessages } from "./messages.mjs";
import { createSeeds } from "./seedKeeper.mjs";
import { sentence } from "./sentences.mjs";
import { createSettings } from "./settings.mjs";
import { watchGestures } from "./settled.mjs";
import { createSourceImage } from "./sourceImage.mjs";
import { isForHost } from "./shortcuts.mjs";
import { createStore } from "./store.mjs";
import { installStyles } from "./styles.mjs";
import { createWorkspace } from "./workspace.mjs";

/** @typedef {import("./context.mjs").Seed} Seed */

/**
 * @typedef {object} EditorSpec
 * @property {string} value text of the document
 * @property {(text: string) => void} onChange once an edit is final
 * @property {import("./context.mjs").Translate} t
 * @property {import("./context.mjs").Files} files
 * @property {import("./settings.mjs").Settings} [settings]
 * @property {import("./context.mjs").Notify} [notify] instead of the editor's own messages
 * @property {import("./store.mjs").Store | null} [session] of an earlier editor of the same text, for its undo and selection
 */

/** @typedef {ReturnType<typeof createEditor>} Editor */

/**
 * What a run compared, by session: it outlives the host's rebuilding of a node as undo and selection do.
 * @type {WeakMap<import("./store.mjs").Store, Told>}
 */
const lastCompared = new WeakMap();

/** Requested and achieved path, and the errors of each take. @typedef {{paths: Seed[], errors?: import("./comparison.mjs").Told[]}} Told */

/** @param {EditorSpec} spec */
export function createEditor({ value, onChange, t, files, settings = createSettings(), notify, session = null }) {
  installStyles(document);
  const all = disposables();
  const root = make("div", {
    class: "raxel-root",
    role: "application",
    "aria-label": t("editor"),
    "data-capture-wheel": "true",
  });
  const element = make("div", { class: "raxel-host" }, root);
  let text = value;
  const inner = session ?? createStore(DEFAULT);
  let written = inner.get().document;
  const { store, inGesture } = all.add(watchGestures(inner, () => write()));
  const dialog = createDialog({
    host: element,
    root,
    t,
    onChange() {
      work.refresh();
      work.stage.fitUnlessTheirs();
    },
    onEscape: () => work.context.surface.escape(),
  });
  const surface = { root, toggleFull: dialog.toggle, isFull: dialog.isOpen, openHelp: () => void openHelp(root, t) };
  const seeds = createSeeds(store, (key, values) => work.context.notify({ severity: "info", text: t(key, values) }));
  const work = all.add(
    createWorkspace(
      { store, settings, t, files, notify, seeds, surface },
      (parent) => all.add(createMessages(parent, t)).notify,
    ),
  );
  const onHide = () => void lastCompared.delete(inner);
  const compared = all.add(createComparisonBar({ parent: work.lower, store, t, show: work.showComparison, onHide }));
  const image = all.add(createSourceImage(work.stage.setImage));
  const broken = createBroken({ root, editing: work.element, t, onStartAnew: () => startAnew() });
  all.call(dialog.close);
  all.call(inner.subscribe(compared.update));
  all.call(
    inner.subscribe(({ refused }, previous) => {
      if (refused && refused !== previous.refused) work.context.notify({ severity: "warn", text: sentence(refused.sentence) });
    }),
  );
  all.add(
    watchPalette(() => {
      work.refresh();
      work.stage.redraw();
    }),
  );

  /** In a gesture only the end is final. */
  function write() {
    if (!inGesture()) handOn();
  }

  /** Hands on a document that differs from the text. */
  function handOn() {
    const { document: current } = inner.get();
    if (current === written || broken.isShown()) return;
    written = current;
    text = serializeDocument(current);
    onChange(text);
  }

  /** @param {string} next */
  function read(next) {
    text = next;
    const parsed = parseDocument(next);
    broken.show(parsed.error === undefined ? null : parsed);
    if (parsed.document) {
      written = parsed.document;
      inner.reset(parsed.document);
    }
  }

  // A run or a save from the keyboard, in the middle of a gesture, means what is on the screen.
  // Twice: before anyone else, and after the field that took its number, before the host.
  for (const capture of [true, false]) {
    all.add(listen(root, "keydown", (event) => void (isForHost(event) && handOn()), { capture }));
  }

  function showCompared() {
    const told = lastCompared.get(inner);
    compared.set(told ? comparisonOf(inner.get().document, told.paths[0], told.paths[1], told.errors) : null);
  }

  function startAnew() {
    read(DEFAULT_TEXT);
    onChange(text);
  }

  if (session) showCompared();
  else read(value);
  return {
    element,
    getValue: () => text,
    /** Text from the host. The one already here changes nothing, so that history and selection live on. @param {string} next */
    setValue(next) {
      if (next !== text) read(next);
    },
    /**
     * A wired path as it was last computed, or null.
     * @param {Seed | null} seed @param {boolean} [isNew] it was computed just now: a path that nobody edited becomes it
     */
    setSeed(seed, isNew = false) {
      // Nothing is written over a text that cannot be read.
      seeds.set(seed, isNew && !broken.isShown());
      work.refresh();
    },
    takeInput: seeds.take,
    setImage: image.set,
    /** What a run says of the requested path and what came of it, or null. @param {Told | null} told */
    setComparison(told) {
      if (broken.isShown()) return;
      if (told) lastCompared.set(inner, told);
      else lastCompared.delete(inner);
      showCompared();
    },
    /** The text comes through a wire: what is edited would not be used. @param {boolean} on */
    setLinked(on) {
      if (on && !root.hasAttribute("data-linked")) work.context.notify({ severity: "warn", text: t("linked") });
      root.toggleAttribute("data-linked", on);
    },
    getSession: () => (broken.isShown() ? null : inner),
    getDocument: () => (broken.isShown() ? null : inner.get().document),
    notify: work.context.notify,
    openDialog: dialog.open,
    dispose() {
      if (inGesture()) store.cancel();
      store.dispatch({ type: "pause" });
      all.dispose();
      element.remove();
    },
  };
}
