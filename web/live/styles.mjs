// Looks of the live view; buttons are the editor's.

import { installStyles } from "../editor/styles.mjs";

const CSS = `
.raxel-live { display: flex; flex-direction: column; width: 100%; height: 100%; min-height: 180px; box-sizing: border-box; overflow: hidden; border-radius: 6px;
  background: var(--comfy-menu-bg, #202020); color: var(--input-text, #ddd); font: 11px/1.3 system-ui, sans-serif; user-select: none; -webkit-user-select: none;
  --raxel-accent: #56b4e9; --raxel-hover: color-mix(in srgb, var(--input-text, #ddd) 12%, transparent); --raxel-on: color-mix(in srgb, #56b4e9 30%, transparent); --raxel-raised: var(--comfy-input-bg, #2b2b2b); --raxel-line: color-mix(in srgb, var(--input-text, #ddd) 16%, transparent); }
.raxel-live[hidden] { display: none; }
.raxel-live [hidden] { display: none !important; }
.raxel-live-stage { flex: 1 1 auto; min-height: 0; display: flex; gap: 2px; }
.raxel-live-side { position: relative; flex: 1 1 0; min-width: 0; min-height: 0; background: var(--bg-color, #1a1a1a); }
.raxel-live-side > * { position: absolute; inset: 0; width: 100%; height: 100%; }
.raxel-live-picture { object-fit: contain; }
.raxel-live-bar { flex: none; display: flex; align-items: center; gap: 4px; padding: 2px 6px; min-height: 28px; box-sizing: border-box; }
.raxel-live-scrub { flex: 1 1 40px; min-width: 30px; accent-color: #56b4e9; margin: 0; }
.raxel-live-words { flex: 1 1 auto; min-width: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-variant-numeric: tabular-nums; }
.raxel-live-done { flex: none; height: 3px; background: var(--raxel-line); }
.raxel-live-done > div { height: 100%; background: #56b4e9; }
.raxel-live select { max-width: 45%; }
`;

const MARK = "data-raxel-live-styles";

/** Puts the style elements into the page once. @param {Document} owner */
export function installLiveStyles(owner) {
  installStyles(owner);
  if (owner.head.querySelector(`style[${MARK}]`)) return;
  const style = owner.createElement("style");
  style.setAttribute(MARK, "");
  style.textContent = CSS;
  owner.head.append(style);
}
