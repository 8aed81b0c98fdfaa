// Plays the path: moves the playhead with the clock while the state says so, and asks for no frame otherwise.

/**
 * Where the playhead is after `seconds`; null: the end was reached and it does not loop.
 * @param {{playhead: number, frames: number, fps: number, loop: boolean}} state @param {number} seconds
 * @returns {number | null}
 */
export function advanced({ playhead, frames, fps, loop }, seconds) {
  const next = playhead + seconds * fps;
  const last = frames - 1;
  if (next <= last) return next;
  return loop && last > 0 ? (next - last) % last : null;
}

/**
 * @param {import("./store.mjs").Store} store
 * @param {{request(tick: (now: number) => void): number, cancel(handle: number): void}} [clock]
 * @returns {{dispose(): void}}
 */
export function createPlayer(
  store,
  clock = { request: (tick) => requestAnimationFrame(tick), cancel: (handle) => cancelAnimationFrame(handle) },
) {
  /** @type {number | null} */
  let handle = null;
  let before = 0;

  /** @param {number} now milliseconds */
  const tick = (now) => {
    handle = null;
    const { document, playhead, loop, playing } = store.get();
    if (!playing) return;
    // A tab that slept must not jump: at most a quarter of a second at once.
    const seconds = Math.min(0.25, before ? (now - before) / 1000 : 0);
    before = now;
    const next = advanced({ playhead, frames: document.frames, fps: document.fps, loop }, seconds);
    if (next === null) {
      store.dispatch({ type: "seek", frame: document.frames - 1 });
      store.dispatch({ type: "pause" });
    } else {
      store.dispatch({ type: "seek", frame: next });
      run();
    }
  };
  const run = () => {
    if (handle === null) handle = clock.request(tick);
  };
  const stop = () => {
    if (handle !== null) clock.cancel(handle);
    handle = null;
  };
  const unsubscribe = store.subscribe((state, previous) => {
    if (state.playing === previous.playing) return;
    before = 0;
    if (state.playing) run();
    else stop();
  });
  return {
    dispose() {
      unsubscribe();
      stop();
    },
  };
}
