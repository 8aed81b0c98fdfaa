// Playing: the playhead follows the clock, and nothing runs when nothing plays.

import assert from "node:assert/strict";
import test from "node:test";

import { DEFAULT } from "../../web/editor/document.mjs";
import { advanced, createPlayer } from "../../web/editor/player.mjs";
import { createStore } from "../../web/editor/store.mjs";

function harness() {
  const store = createStore(DEFAULT);
  /** @type {((now: number) => void) | null} */
  let waiting = null;
  const clock = {
    request: (/** @type {(now: number) => void} */ tick) => ((waiting = tick), 1),
    cancel: () => void (waiting = null),
  };
  const player = createPlayer(store, clock);
  const tick = (/** @type {number} */ now) => {
    const run = waiting;
    waiting = null;
    run?.(now);
  };
  return { store, player, tick, runs: () => waiting !== null };
}

test("the playhead moves by frames a second, whatever the screen's rate", () => {
  const { store, tick } = harness();
  store.dispatch({ type: "play" });
  for (const now of [1000, 1005, 1100, 1133, 1200]) tick(now);
  assert.ok(Math.abs(store.get().playhead - 0.2 * DEFAULT.fps) < 1e-9);
});

test("no frame is asked for before playing, after pausing, after the end, or when disposed", () => {
  const { store, player, tick, runs } = harness();
  assert.equal(runs(), false);
  store.dispatch({ type: "play" });
  assert.equal(runs(), true);
  store.dispatch({ type: "pause" });
  assert.equal(runs(), false);
  store.dispatch({ type: "set_loop", loop: false });
  store.dispatch({ type: "seek", frame: 79 });
  store.dispatch({ type: "play" });
  for (const now of [1000, 1200, 1400]) tick(now);
  assert.deepEqual([store.get().playhead, store.get().playing, runs()], [80, false, false]);
  store.dispatch({ type: "play" });
  player.dispose();
  assert.equal(runs(), false);
});

test("a loop goes on from the start by as much as it passed the end", () => {
  assert.equal(advanced({ playhead: 79, frames: 81, fps: 16, loop: true }, 0.25), 3);
  assert.equal(advanced({ playhead: 79, frames: 81, fps: 16, loop: false }, 0.25), null);
  assert.equal(advanced({ playhead: 0, frames: 1, fps: 16, loop: true }, 1), null);
});

test("a tab that slept does not jump", () => {
  const { store, tick } = harness();
  store.dispatch({ type: "play" });
  tick(1000);
  tick(60_000);
  assert.ok(store.get().playhead <= 0.25 * DEFAULT.fps);
});
