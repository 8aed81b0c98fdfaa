// Requested against achieved in words, below the timeline: at the playhead, at most, and whether a tolerance holds. Where a
// run made several takes, their errors can be looked at one by one; the path in the scene is that of the take that was kept.

import { errorsAt, keptTake, summaryOf } from "./comparison.mjs";
import { button, make, setPressed } from "./dom.mjs";
import { formatNumber } from "./units.mjs";

/** @typedef {import("./comparison.mjs").Comparison} Comparison */
/** @typedef {import("./comparison.mjs").Errors} Errors */
/** @typedef {import("./comparison.mjs").Take} Take */
/** @typedef {import("./context.mjs").Translate} Translate */

/**
 * @param {object} spec
 * @param {HTMLElement} spec.parent
 * @param {import("./store.mjs").Store} spec.store
 * @param {Translate} spec.t
 * @param {(comparison: Comparison | null, errors: Errors | null) => void} spec.show in the other parts of the editor; the
 *   comparison is null while its path belongs to another take
 * @param {() => void} spec.onHide a person closed the line
 */
export function createComparisonBar({ parent, store, t, show, onHide }) {
  /** @type {Comparison | null} */
  let comparison = null;
  /** @type {Take | null} */
  let take = null;
  /** @type {{element: HTMLElement, now: HTMLElement} | null} */
  let line = null;

  /** @param {Comparison | null} next */
  const set = (next) => {
    comparison = next;
    choose(next && keptTake(next));
  };
  /** @param {Take | null} next */
  const choose = (next) => {
    take = next;
    line?.element.remove();
    line = comparison && take && lineOf(comparison, take, t, choose, hide);
    if (line) parent.append(line.element);
    show(take?.kept ? comparison : null, take?.errors ?? null);
    update();
  };
  const hide = () => {
    set(null);
    onHide();
  };
  const update = () => {
    if (!line || !take?.errors) return;
    const { playhead, document } = store.get();
    line.now.textContent = t("achieved.here", inWords(errorsAt(take.errors, playhead, document.frames)));
  };
  return { set, update, dispose: () => line?.element.remove() };
}

/** @param {{rotation_deg: number, position: number}} errors */
const inWords = ({ rotation_deg, position }) => ({
  rotation: formatNumber(rotation_deg, 1),
  position: formatNumber(position, 3),
});

/**
 * @param {Comparison} comparison @param {Take} take @param {Translate} t
 * @param {(take: Take) => void} onTake @param {() => void} onHide
 */
function lineOf({ takes }, take, t, onTake, onHide) {
  const now = make("span", { class: "raxel-now" });
  const choices = takes.length > 1 ? takes.map((each) => takeButton(each, takes.length, each === take, t, onTake)) : [];
  const element = make(
    "div",
    { class: "raxel-achieved", title: t("achieved.title") },
    ...(take.errors ? [now, ...saidOf(take.errors, t)] : [make("span", {}, t("achieved.empty"))]),
    make("div", { class: "raxel-ends" }, ...choices, button({ icon: "close", label: t("achieved.hide"), onClick: onHide })),
  );
  return { element, now };
}

/** @param {Errors} errors @param {Translate} t */
function saidOf(errors, t) {
  const most = summaryOf(errors);
  const words = make("span", {}, t("achieved.most", inWords(most)));
  if (!errors.tolerance) return [words];
  const tolerance = inWords(errors.tolerance);
  const verdict = most.beyond
    ? t("achieved.beyond", { count: most.beyond, frames: most.frames, ...tolerance })
    : t("achieved.within", tolerance);
  return [words, make("span", { class: "raxel-verdict", "data-within": !most.beyond }, verdict)];
}

/** @param {Take} take @param {number} takes @param {boolean} isShown @param {Translate} t @param {(take: Take) => void} onTake */
function takeButton(take, takes, isShown, t, onTake) {
  const label = t(take.kept ? "achieved.take.kept" : "achieved.take.title", { take: take.number, takes, seed: take.seed ?? "—" });
  const element = button({ text: t("achieved.take", { take: take.number }), label, onClick: () => onTake(take) });
  setPressed(element, isShown);
  return element;
}
