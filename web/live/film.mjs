// A finished take: a film with the page's own decoder. Silent and looped; it rests when told to.

/**
 * @param {(now: number) => void} shown called with 0..1 for every picture on the screen
 * @returns {{element: HTMLVideoElement, show(url: string): void, play(): void, pause(): void, seek(now: number): void, dispose(): void}}
 */
export function createFilm(shown) {
  const element = document.createElement("video");
  element.className = "raxel-live-picture";
  Object.assign(element, { muted: true, loop: true, playsInline: true, preload: "auto", disablePictureInPicture: true });
  let url = "";
  const tell = () => shown(element.duration > 0 ? Math.min(1, element.currentTime / element.duration) : 0);
  /** One callback at a time, and only while pictures change. */
  let waiting = false;
  const follow = () => {
    if (waiting || !("requestVideoFrameCallback" in element)) return;
    waiting = true;
    element.requestVideoFrameCallback(() => {
      waiting = false;
      tell();
      if (!element.paused) follow();
    });
  };
  element.addEventListener("play", follow);
  element.addEventListener("seeked", tell);
  element.addEventListener("loadeddata", tell);
  return {
    element,
    show(next) {
      if (next === url) return;
      url = next;
      if (next) element.src = next;
      else element.removeAttribute("src");
    },
    play() {
      if (!element.paused || !url) return;
      element.play().catch(() => {}); // the page may forbid it until the first click; the button is there
    },
    pause: () => element.pause(),
    seek(now) {
      if (element.duration > 0) element.currentTime = now * element.duration;
    },
    dispose() {
      element.pause();
      element.removeAttribute("src");
      element.load();
    },
  };
}
