// The editor's looks: one style element for all editors of a page. Colours come from the variables that ComfyUI's
// palettes set; sizes are CSS pixels of the node, which the host scales with the graph.

const CSS = `
.raxel-host { position: relative; display: flex; flex-direction: column; width: 100%; height: 100%; min-height: 480px; min-width: 0; overflow: hidden; box-sizing: border-box; container-type: inline-size; }
.raxel-root {
  --raxel-bg: var(--comfy-menu-bg, #202020);
  --raxel-raised: color-mix(in srgb, var(--raxel-text) 8%, var(--raxel-bg));
  --raxel-text: var(--input-text, #ddd);
  --raxel-quiet: var(--descrip-text, #999);
  --raxel-line: color-mix(in srgb, var(--raxel-text) 16%, transparent);
  --raxel-hover: color-mix(in srgb, var(--raxel-text) 12%, transparent);
  --raxel-on: color-mix(in srgb, #56b4e9 30%, transparent);
  --raxel-accent: #56b4e9;
  --raxel-error: var(--error-text, #ff6b6b);
  display: flex; flex-direction: column; flex: 1 1 auto; min-height: 0; min-width: 0; height: 100%; width: 100%; box-sizing: border-box;
  background: var(--raxel-bg); color: var(--raxel-text); border-radius: 6px; overflow: hidden; outline: none; position: relative;
  font: 12px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; text-align: left; user-select: none; -webkit-user-select: none;
}
.raxel-root:focus-visible, .raxel-root:focus-within { box-shadow: inset 0 0 0 1px color-mix(in srgb, var(--raxel-accent) 55%, transparent); }
.raxel-root *, .raxel-host *, .raxel-panel * { box-sizing: border-box; }
.raxel-root [hidden], .raxel-host [hidden] { display: none !important; }
.raxel-root canvas { display: block; touch-action: none; outline: none; }
.raxel-editing { display: flex; flex-direction: column; flex: 1 1 0; min-height: 0; min-width: 0; }
.raxel-space { flex: 1 1 0; min-width: 0; }
.raxel-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 3px 6px; padding: 4px 6px; border-bottom: 1px solid var(--raxel-line); flex: none; }
.raxel-group { display: flex; align-items: center; gap: 1px; flex: none; }
.raxel-button { display: inline-flex; align-items: center; justify-content: center; gap: 4px; min-width: 24px; height: 24px; padding: 0 4px; margin: 0; border: 0; border-radius: 4px; background: transparent; color: inherit; font: inherit; line-height: 1; cursor: pointer; white-space: nowrap; }
.raxel-button:hover:not(:disabled) { background: var(--raxel-hover); }
.raxel-button:disabled { opacity: .35; cursor: default; }
.raxel-button[aria-pressed="true"] { background: var(--raxel-on); color: var(--raxel-text); }
.raxel-button:focus-visible, .raxel-select:focus-visible, .raxel-menu-row:focus-visible { outline: 2px solid var(--raxel-accent); outline-offset: -2px; }
.raxel-icon { flex: none; width: 16px; height: 16px; }
.raxel-menu-button { padding: 0 6px 0 4px; }
.raxel-accent { background: var(--raxel-on); padding: 0 8px; }
.raxel-solid { background: var(--raxel-raised); border: 1px solid var(--raxel-line); padding: 0 10px; }
.raxel-switch { min-width: 28px; padding: 0 6px; color: var(--raxel-quiet); border: 1px solid var(--raxel-line); height: 20px; font-size: 11px; }
.raxel-stage { position: relative; flex: 1 1 220px; min-height: 150px; display: flex; min-width: 0; background: var(--bg-color, #1a1a1a); overflow: hidden; }
.raxel-scene { position: relative; flex: 1 1 auto; min-width: 0; min-height: 0; }
.raxel-scene > canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.raxel-look { position: absolute; top: 8px; left: 8px; width: 40%; max-width: 300px; max-height: 60%; border: 1px solid color-mix(in srgb, var(--raxel-text) 35%, transparent); border-radius: 4px; overflow: hidden; background: #000; box-shadow: 0 2px 10px rgba(0, 0, 0, .35); }
.raxel-look > canvas { width: 100%; height: 100%; }
.raxel-views { position: absolute; left: 8px; bottom: 8px; display: flex; gap: 1px; background: color-mix(in srgb, var(--raxel-bg) 82%, transparent); border: 1px solid var(--raxel-line); border-radius: 5px; padding: 1px; }
.raxel-views .raxel-button { height: 20px; padding: 0 6px; font-size: 11px; min-width: 20px; }
.raxel-message { position: absolute; left: 8px; right: 8px; top: 8px; display: flex; align-items: flex-start; gap: 8px; padding: 7px 10px; border-radius: 5px; background: var(--raxel-raised); border: 1px solid var(--raxel-line); border-left: 3px solid var(--raxel-accent); box-shadow: 0 2px 10px rgba(0, 0, 0, .35); z-index: 3; user-select: text; -webkit-user-select: text; }
.raxel-message[data-severity="error"] { border-left-color: var(--raxel-error); }
.raxel-message[data-severity="warn"] { border-left-color: #e69f00; }
.raxel-message > span { flex: 1; min-width: 0; overflow-wrap: anywhere; max-height: 6em; overflow: auto; }
.raxel-achieved, .raxel-doubt { display: flex; flex-wrap: wrap; align-items: center; gap: 0 10px; min-height: 24px; padding: 1px 4px 1px 10px; font-size: 11px; color: var(--raxel-quiet); border-top: 1px solid var(--raxel-line); }
.raxel-achieved::before { content: ""; width: 14px; border-top: 2px dashed #e69f00; flex: none; }
.raxel-doubt::before { content: ""; width: 14px; height: 10px; flex: none; background: repeating-linear-gradient(135deg, currentColor 0 1px, transparent 1px 4px); }
.raxel-achieved .raxel-button, .raxel-doubt .raxel-button { height: 20px; min-width: 20px; }
.raxel-now { color: var(--raxel-text); min-width: 12em; }
.raxel-ends { display: flex; align-items: center; gap: 4px; margin-left: auto; flex: none; }
.raxel-verdict::before { content: "✓ "; }
.raxel-verdict:not([data-within]) { color: var(--raxel-text); }
.raxel-verdict:not([data-within])::before { content: "✗ "; color: #d55e00; }
.raxel-transport { flex-wrap: nowrap; border-top: 1px solid var(--raxel-line); border-bottom: 0; padding-bottom: 2px; }
.raxel-total, .raxel-clock { color: var(--raxel-quiet); white-space: nowrap; }
.raxel-timeline { width: 100%; flex: none; }
.raxel-root .raxel-transport .raxel-input { width: 46px; }
.raxel-inspector { flex: none; border-top: 1px solid var(--raxel-line); padding: 4px 8px 8px; display: flex; flex-direction: column; gap: 6px; overflow: auto; max-height: 50%; scrollbar-width: thin; }
.raxel-root[data-linked] .raxel-lower, .raxel-root[data-linked] .raxel-inspector { opacity: .45; }
.raxel-section { display: flex; flex-direction: column; gap: 4px; }
.raxel-head { display: flex; align-items: center; gap: 6px; min-height: 24px; flex-wrap: wrap; }
.raxel-head .raxel-group { gap: 2px; }
.raxel-title { font-weight: 600; white-space: nowrap; }
.raxel-note { color: var(--raxel-quiet); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
.raxel-grid { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 4px 6px; }
.raxel-choices { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 4px 6px; }
.raxel-field { display: flex; align-items: center; gap: 4px; height: 24px; padding: 0 6px; border-radius: 4px; background: var(--raxel-raised); border: 1px solid transparent; min-width: 0; cursor: text; }
.raxel-field:focus-within { border-color: var(--raxel-accent); }
.raxel-field.raxel-off, .raxel-field:has(.raxel-select:disabled) { opacity: .72; background: transparent; border-color: var(--raxel-line); }
.raxel-name { color: var(--raxel-quiet); white-space: nowrap; flex: none; cursor: ew-resize; font-size: 11px; touch-action: none; }
.raxel-off .raxel-name { cursor: default; }
.raxel-input { flex: 1 1 0; width: 0; min-width: 0; height: 20px; padding: 0; margin: 0; border: 0; outline: none; background: transparent; color: inherit; font: inherit; text-align: right; user-select: text; -webkit-user-select: text; }
.raxel-input[aria-invalid="true"] { color: var(--raxel-error); text-decoration: underline wavy; }
.raxel-unit { color: var(--raxel-quiet); font-size: 11px; flex: none; min-width: 10px; }
.raxel-transport .raxel-field { height: 22px; background: transparent; border-color: var(--raxel-line); }
.raxel-select { flex: 1 1 0; min-width: 0; height: 22px; border: 0; background: transparent; color: inherit; font: inherit; text-align: right; cursor: pointer; border-radius: 4px; }
.raxel-select option { background: var(--comfy-menu-bg, #202020); color: var(--input-text, #ddd); }
.raxel-select:disabled { opacity: .6; }
.raxel-panel { position: fixed; inset: auto; margin: 0; padding: 4px; border: 1px solid var(--raxel-line); border-radius: 7px; background: var(--raxel-bg); color: var(--raxel-text); box-shadow: 0 8px 28px rgba(0, 0, 0, .45); font: 13px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; max-height: calc(100vh - 16px); max-width: calc(100vw - 16px); overflow: auto; outline: none; text-align: left; }
.raxel-menu { display: flex; flex-direction: column; min-width: 210px; }
.raxel-menu hr { width: 100%; border: 0; border-top: 1px solid var(--raxel-line); margin: 4px 0; }
.raxel-menu-heading { padding: 6px 8px 2px; font-size: 11px; color: var(--raxel-quiet); }
.raxel-menu-row { display: flex; align-items: center; gap: 8px; height: 28px; padding: 0 8px; border: 0; border-radius: 4px; background: transparent; color: inherit; font: inherit; cursor: pointer; text-align: left; }
.raxel-menu-row:hover:not(:disabled) { background: var(--raxel-hover); }
.raxel-menu-row:disabled { opacity: .4; cursor: default; }
.raxel-menu-row > span { flex: 1; white-space: nowrap; }
.raxel-panel kbd, .raxel-help kbd { font: 11px ui-monospace, monospace; color: var(--raxel-quiet); }
.raxel-form { display: flex; flex-direction: column; gap: 8px; padding: 8px; width: 320px; }
.raxel-form .raxel-actions { display: flex; justify-content: flex-end; gap: 6px; }
.raxel-form p { margin: 0; color: var(--raxel-quiet); }
.raxel-presets { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2px; max-height: min(400px, 60vh); overflow: auto; scrollbar-width: thin; }
.raxel-presets .raxel-menu-row[aria-pressed="true"] { background: var(--raxel-on); }
.raxel-drop { position: absolute; inset: 6px; display: flex; align-items: center; justify-content: center; border: 2px dashed var(--raxel-accent); border-radius: 8px; background: color-mix(in srgb, var(--raxel-bg) 80%, transparent); font-size: 14px; z-index: 4; pointer-events: none; text-align: center; padding: 12px; }
.raxel-broken { display: flex; flex-direction: column; gap: 10px; padding: 14px; flex: 1; min-height: 0; }
.raxel-broken h3 { margin: 0; font-size: 14px; }
.raxel-broken p { margin: 0; overflow-wrap: anywhere; user-select: text; -webkit-user-select: text; }
.raxel-broken textarea { flex: 1; min-height: 90px; resize: none; font: 11px/1.4 ui-monospace, monospace; background: var(--raxel-raised); color: inherit; border: 1px solid var(--raxel-line); border-radius: 4px; padding: 6px; }
.raxel-broken .raxel-actions { display: flex; gap: 6px; flex-wrap: wrap; }
.raxel-away { display: flex; flex: 1; flex-direction: column; gap: 10px; align-items: center; justify-content: center; color: var(--descrip-text, #999); font: 12px system-ui, sans-serif; border: 1px dashed var(--border-color, #555); border-radius: 6px; }
.raxel-dialog { width: calc(100vw - 32px); height: calc(100vh - 32px); max-width: none; max-height: none; padding: 0; border: 1px solid var(--border-color, #444); border-radius: 10px; background: var(--comfy-menu-bg, #202020); color: var(--input-text, #ddd); overflow: hidden; outline: none; box-shadow: 0 20px 60px rgba(0, 0, 0, .6); }
.raxel-dialog::backdrop { background: rgba(0, 0, 0, .6); }
.raxel-dialog .raxel-root { font-size: 13px; border-radius: 0; box-shadow: none; }
.raxel-full .raxel-body { display: grid; flex: 1 1 0; min-height: 0; grid-template-columns: minmax(0, 1fr) clamp(330px, 34vw, 640px); grid-template-rows: auto minmax(0, 1fr) auto; }
.raxel-body { display: flex; flex-direction: column; flex: 1 1 0; min-height: 0; min-width: 0; }
.raxel-full .raxel-stage { grid-column: 1; grid-row: 1 / 3; display: contents; }
.raxel-full .raxel-scene { grid-column: 1; grid-row: 1 / 3; background: var(--bg-color, #1a1a1a); }
.raxel-full .raxel-look { position: relative; inset: auto; width: 100%; max-width: none; max-height: 46vh; grid-column: 2; grid-row: 1; border: 0; border-left: 1px solid var(--raxel-line); border-bottom: 1px solid var(--raxel-line); border-radius: 0; box-shadow: none; }
.raxel-full .raxel-inspector { grid-column: 2; grid-row: 2; max-height: none; border-top: 0; border-left: 1px solid var(--raxel-line); padding: 10px 12px; gap: 14px; }
.raxel-full .raxel-lower { grid-column: 1 / 3; grid-row: 3; }
.raxel-full .raxel-button { min-width: 28px; height: 28px; }
.raxel-full .raxel-switch { height: 22px; }
.raxel-full .raxel-field { height: 28px; }
.raxel-full .raxel-views .raxel-button { height: 24px; }
.raxel-full .raxel-bar { padding: 6px 10px; gap: 4px 10px; }
.raxel-lower { flex: none; min-width: 0; }
.raxel-help { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 6px 28px; padding: 14px 18px; width: min(980px, calc(100vw - 60px)); }
.raxel-help h2 { grid-column: 1 / -1; margin: 0 0 4px; font-size: 16px; display: flex; align-items: center; justify-content: space-between; }
.raxel-help section { break-inside: avoid; }
.raxel-help h3 { margin: 8px 0 4px; font-size: 12px; color: var(--raxel-quiet); font-weight: 600; }
.raxel-help dl { display: grid; grid-template-columns: minmax(92px, max-content) 1fr; gap: 2px 12px; margin: 0; }
.raxel-help dt { font: 12px ui-monospace, monospace; color: var(--raxel-text); }
.raxel-help dd { margin: 0; color: var(--raxel-quiet); }
@container (max-width: 560px) {
  .raxel-bar:has(> .raxel-accent:not([hidden])) .raxel-menu-button > span { display: none; }
}
@container (max-width: 470px) {
  .raxel-bar > .raxel-accent > span { display: none; }
  .raxel-bar > .raxel-accent { padding: 0 5px; }
}
@container (max-width: 350px) {
  .raxel-total { display: none; }
}
@container (max-width: 430px) {
  .raxel-menu-button > span { display: none; }
  .raxel-menu-button { padding: 0 4px; }
  .raxel-bar { gap: 2px 3px; padding: 3px 4px; }
  .raxel-root .raxel-transport .raxel-input { width: 34px; }
  .raxel-transport .raxel-name { display: none; }
}
@media (pointer: coarse) {
  .raxel-button { min-width: 32px; height: 32px; }
  .raxel-menu-row { height: 38px; }
  .raxel-field { height: 32px; }
}
`;

const MARK = "data-raxel-styles";

/** Puts the style element into the page once. @param {Document} owner */
export function installStyles(owner) {
  if (owner.head.querySelector(`style[${MARK}]`)) return;
  const style = owner.createElement("style");
  style.setAttribute(MARK, "");
  style.textContent = CSS;
  owner.head.append(style);
}
