// One node's editor: made when the node enters a graph, gone when it leaves it. What it shows beside the path comes from
// the node's wires (the picture, before any run) and from the last run (the picture, the wired path).

import { createEditor } from "../editor/editor.mjs";
import { createFiles } from "./files.mjs";
import { inputIsLinked, outputsOf } from "./graph.mjs";
import { sessionPlace } from "./sessions.mjs";
import { wiredPicture } from "./wiredPicture.mjs";

/**
 * @param {{node: any, element: HTMLElement, value: string, write(text: string): void, app: any, api: any,
 *   t: import("../editor/context.mjs").Translate, settings: import("../editor/settings.mjs").Settings}} spec
 */
export function createNodeEditor({ node, element, value, write, app, api, t, settings }) {
  const place = sessionPlace(app, node);
  const editor = createEditor({
    value,
    onChange: write,
    t,
    settings,
    files: createFiles(api),
    session: place.take(value),
  });
  element.append(editor.element);
  /** @type {any} what the last run said */
  let output = outputsOf(app, node);

  const picture = () => {
    if (!inputIsLinked(node, "image")) return null;
    const entry = wiredPicture(app, node) ?? output?.raxel_image?.[0];
    return entry
      ? api.apiURL(
          `/view?${new URLSearchParams({ filename: entry.filename, subfolder: entry.subfolder ?? "", type: entry.type ?? "input" })}`,
        )
      : null;
  };
  const rewired = (isNew = false) => {
    editor.setImage(picture());
    editor.setSeed(inputIsLinked(node, "trajectory") ? (output?.raxel_seed?.[0] ?? null) : null, isNew);
    editor.setLinked(inputIsLinked(node, "path"));
  };
  rewired();
  return {
    editor,
    menuWord: t("menu.open"),
    rewired: () => rewired(),
    /** @param {any} next */
    executed(next) {
      output = next;
      rewired(true);
    },
    dispose() {
      place.keep(editor);
      editor.dispose();
    },
  };
}
