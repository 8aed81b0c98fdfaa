// What a sampler shows while it works and afterwards: frames on the left, the camera path on the right, a bar below.
// Knows no ComfyUI. Shows a Run (runs.mjs); decides nothing about it.

import { button, disposables, listen, make, select, setPressed } from "../editor/dom.mjs";
import { iconElement } from "../editor/icons.mjs";
import { themeReader } from "../view/theme.mjs";
import { createFilm } from "./film.mjs";
import { watchVisibility } from "./onScreen.mjs";
import { camerasFromRows } from "../math/rows.mjs";
import { drawPath } from "./pathPicture.mjs";
import { createStrip } from "./strip.mjs";
import { installLiveStyles } from "./styles.mjs";

/** @typedef {import("./runs.mjs").Run} Run */
/** @typedef {import("../editor/context.mjs").Translate} Translate */

/** Height that pictures and bar need to be worth looking at, CSS pixels. */
export const LEAST_HEIGHT = 180;

/** The words below the pictures. @param {Run} run @param {Translate} t */
export function wordsOf(run, t) {
  const { news } = run;
  if (run.clips.length || !news) return "";
  const step = t(run.running ? "live.step" : "live.stopped", { step: news.step, total: news.total });
  return news.takes > 1 ? `${t("live.take", { take: news.take + 1, takes: news.takes })}  ${step}` : step;
}

/** How much of all takes is done, 0..1. @param {Run} run */
export const shareDone = ({ news }) => (news ? (news.take + news.step / Math.max(news.total, 1)) / Math.max(news.takes, 1) : 0);

/** Cameras and height over width of what is being shown, or null. @param {Run} run */
function pathOf(run) {
  const clip = run.clips[run.chosen];
  const source = clip ?? run.news;
  const rows = clip ? clip.cameras : run.news?.cameras;
  if (!rows?.length || !source) return null;
  return { cameras: camerasFromRows(rows), aspect: source.width > 0 ? source.height / source.width : 9 / 16 };
}

/**
 * @param {{t: Translate, urlOf: (clip: import("./runs.mjs").Clip) => string, onChoose: (take: number) => void}} options
 * @returns {{element: HTMLElement, show(run: Run): void, dispose(): void}}
 */
export function createLiveView({ t, urlOf, onChoose }) {
  installLiveStyles(document);
  const undo = disposables();
  const canvas = make("canvas", { role: "img", "aria-label": t("live.path") });
  const pathSide = make("div", { class: "raxel-live-side" }, canvas);
  let now = 0;
  /** @type {ReturnType<typeof pathOf>} */
  let path = null;
  /** @type {Run | null} */
  let run = null;
  let paused = false;

  const drawNow = () => {
    const context = canvas.getContext("2d");
    const size = { width: pathSide.clientWidth, height: pathSide.clientHeight };
    if (!path || !context || !sight.visible() || size.width < 8 || size.height < 8) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const [wide, high] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    context.setTransform(wide / size.width, 0, 0, high / size.height, 0, 0);
    drawPath(context, { ...path, now, size, theme: theme() });
  };
  /** @param {number} moment 0..1 */
  const shown = (moment) => {
    now = moment;
    scrub.value = String(moment);
    drawNow();
  };

  const strip = createStrip((index, count) => shown(count > 1 ? index / (count - 1) : 0));
  const film = createFilm(shown);
  const filmSide = make("div", { class: "raxel-live-side" }, strip.element, film.element);
  const scrub = make("input", { class: "raxel-live-scrub", type: "range", min: 0, max: 1, step: "any", "aria-label": t("live.scrub"), title: t("live.scrub") });
  const words = make("span", { class: "raxel-live-words", "aria-live": "off" });
  const done = make("div");
  const playButton = button({ icon: "pause", label: t("live.play"), onClick: () => setPaused(!paused) });
  const loopButton = button({ icon: "loop", label: t("live.loop"), onClick: () => setLoop(!film.element.loop) });
  const takes = make("span");
  const bar = make("div", { class: "raxel-live-bar" }, playButton, scrub, loopButton, takes, words);
  const progress = make("div", { class: "raxel-live-done" }, done);
  const element = make("div", { class: "raxel-live" }, make("div", { class: "raxel-live-stage" }, filmSide, pathSide), progress, bar);
  const theme = themeReader(element);

  /** Plays what there is to play, where somebody can see it and has not paused it; rests otherwise. */
  const settle = () => {
    const plays = sight.visible() && !paused;
    if (run?.clips.length) {
      strip.pause();
      if (plays) film.play();
      else film.pause();
    } else {
      film.pause();
      if (plays && run?.running) strip.play();
      else strip.pause();
    }
    drawNow();
  };
  const sight = undo.add(watchVisibility(element, settle));
  /** @param {boolean} next */
  const setPaused = (next) => {
    paused = next;
    playButton.replaceChildren(iconElement(paused ? "play" : "pause"));
    setPressed(playButton, !paused);
    settle();
  };
  /** @param {boolean} on */
  const setLoop = (on) => {
    film.element.loop = on;
    setPressed(loopButton, on);
  };
  undo.add(listen(film.element, "ended", () => setPaused(true)));
  undo.add(listen(film.element, "error", () => run && show({ ...run, clips: [] }))); // the last step stands in for a lost film
  undo.add(listen(scrub, "input", () => {
    setPaused(true);
    film.seek(Number(scrub.value));
  }));
  for (const type of ["pointerdown", "wheel"]) undo.add(listen(bar, type, (event) => event.stopPropagation()));
  const resize = new ResizeObserver(drawNow);
  resize.observe(pathSide);
  undo.call(() => resize.disconnect());
  undo.add(film);
  undo.call(strip.pause);

  /** @param {Run} next */
  const showTakes = (next) => {
    if (run?.clips === next.clips && run.chosen === next.chosen) return;
    const options = next.clips.map((_, index) => ({ value: String(index), label: t("live.choice", { take: index + 1 }) }));
    takes.replaceChildren();
    if (options.length < 2) return;
    const menu = select({ label: t("live.choose"), options, onChange: (value) => onChoose(Number(value)) });
    menu.value = String(next.chosen);
    menu.title = `${menu.title}. ${t("live.seed", { seed: next.clips[next.chosen].seed })}`;
    takes.append(menu);
  };
  /** @param {Run} next */
  const show = (next) => {
    const isNew = !run?.running && next.running;
    showTakes(next);
    run = next;
    path = pathOf(next);
    const clip = next.clips[next.chosen];
    strip.element.hidden = Boolean(clip);
    for (const part of [film.element, scrub, loopButton, playButton, takes]) part.hidden = !clip;
    progress.hidden = !next.running;
    pathSide.hidden = !path;
    filmSide.hidden = !clip && !next.news?.frames;
    words.textContent = wordsOf(next, t);
    words.hidden = !words.textContent;
    done.style.width = `${100 * shareDone(next)}%`;
    film.show(clip ? urlOf(clip) : "");
    if (next.news && !clip) strip.show(next.news);
    if (isNew) setPaused(false);
    settle();
  };
  setLoop(true);
  setPaused(false);
  return { element, show, dispose: () => undo.dispose() };
}
