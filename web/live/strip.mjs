// The frames that are forming: pictures side by side in one strip, shown one after the other.

/** A latent frame stands for four frames of the clip, so seven a second is not far from real time. */
const MILLISECONDS_A_FRAME = 140;

/**
 * @param {(index: number, count: number) => void} shown called for every frame
 * @returns {{element: HTMLCanvasElement, show(news: import("./runs.mjs").StepNews): void, play(): void, pause(): void}}
 */
export function createStrip(shown) {
  const element = document.createElement("canvas");
  element.className = "raxel-live-picture";
  const context = element.getContext("2d");
  const picture = new Image();
  /** @type {{count: number, width: number, height: number} | null} */
  let drawn = null;
  /** @type {{count: number, width: number, height: number} | null} */
  let loading = null;
  let index = 0;
  /** @type {ReturnType<typeof setInterval> | null} */
  let timer = null;

  const draw = () => {
    if (!context || !drawn) return;
    const { count, width, height } = drawn;
    index %= count;
    context.drawImage(picture, index * width, 0, width, height, 0, 0, width, height);
    shown(index, count);
  };
  picture.addEventListener("load", () => {
    drawn = loading;
    if (!drawn) return;
    if (element.width !== drawn.width || element.height !== drawn.height) Object.assign(element, { width: drawn.width, height: drawn.height });
    draw();
  });
  return {
    element,
    show({ frames, count, width, height }) {
      if (!frames || !frames.startsWith("data:image/") || count < 1 || picture.src === frames) return;
      loading = { count, width, height };
      picture.src = frames;
    },
    play() {
      timer ??= setInterval(() => {
        if (!drawn || drawn.count < 2) return;
        index += 1;
        draw();
      }, MILLISECONDS_A_FRAME);
    },
    pause() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
  };
}
