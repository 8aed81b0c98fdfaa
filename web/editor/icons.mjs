/** The editor's icons: drawn for it, on a grid of 16, as strokes in the colour of the text. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} path data; a subpath that starts with "!" is filled */
const ICONS = {
  select: "M4 2.5 L12.5 8 L8.6 8.8 L6.6 12.8 Z",
  draw_ground: "M1.5 12.5 L5 8 H14.5 L11 12.5 Z M4 5.5 C6 1.5 8.5 6.5 12 2.5",
  draw_side: "M2.5 2.5 H13.5 V13.5 H2.5 Z M4.5 11 C6 4.5 9 12 11.5 5",
  undo: "M6 3 L2.5 6.5 L6 10 M3 6.5 H9.5 A3.5 3.5 0 0 1 9.5 13.5 H6",
  redo: "M10 3 L13.5 6.5 L10 10 M13 6.5 H6.5 A3.5 3.5 0 0 0 6.5 13.5 H10",
  preset: "M2 13 C5 13 5 3 8.5 3 M8.5 3 C12 3 11.5 9 14 9 M2 13 h0.01 M14 9 h0.01 !M8.5 1.6 L9.9 3 L8.5 4.4 L7.1 3 Z",
  path: "M2.5 12.5 C6 12.5 4 4 8 4 S11 9.5 13.5 9.5 !M1.3 12.5 a1.2 1.2 0 1 0 2.4 0 a1.2 1.2 0 1 0 -2.4 0 !M12.3 9.5 a1.2 1.2 0 1 0 2.4 0 a1.2 1.2 0 1 0 -2.4 0",
  file: "M4 1.8 H9.5 L12.5 4.8 V14.2 H4 Z M9.5 1.8 V4.8 H12.5",
  help: "M8 14.2 A6.2 6.2 0 1 1 8 1.8 A6.2 6.2 0 1 1 8 14.2 M6.1 6.3 A1.9 1.9 0 1 1 8 8.4 V9.4 M8 11.4 v0.1",
  full: "M2.5 6 V2.5 H6 M10 2.5 H13.5 V6 M13.5 10 V13.5 H10 M6 13.5 H2.5 V10",
  unfull: "M6 2.5 V6 H2.5 M13.5 6 H10 V2.5 M10 13.5 V10 H13.5 M2.5 10 H6 V13.5",
  play: "!M4.5 2.5 L13 8 L4.5 13.5 Z",
  pause: "!M4 2.5 H6.8 V13.5 H4 Z !M9.2 2.5 H12 V13.5 H9.2 Z",
  previous_key: "M3.2 3.5 V12.5 !M5.4 8 L9.2 4.2 L13 8 L9.2 11.8 Z",
  next_key: "M12.8 3.5 V12.5 !M10.6 8 L6.8 4.2 L3 8 L6.8 11.8 Z",
  step_back: "M10 3.5 L5.5 8 L10 12.5",
  step_forward: "M6 3.5 L10.5 8 L6 12.5",
  loop: "M3 7 A5 5 0 0 1 12 4.8 M13 9 A5 5 0 0 1 4 11.2 M12.4 1.8 V5 H9.2 M3.6 14.2 V11 H6.8",
  add_key: "M7 3.2 L11 7.2 L7 11.2 L3 7.2 Z M12.5 10 V15 M10 12.5 H15",
  delete: "M3 4.5 H13 M6.2 4.5 V2.5 H9.8 V4.5 M4.5 4.5 L5.2 13.5 H10.8 L11.5 4.5 M7 7 V11 M9 7 V11",
  duplicate: "M5.5 5.5 H13.5 V13.5 H5.5 Z M2.5 10.5 V2.5 H10.5 M9.5 7.5 V11.5 M7.5 9.5 H11.5",
  copy: "M5.5 5.5 H13.5 V13.5 H5.5 Z M2.5 10.5 V2.5 H10.5",
  paste: "M4.5 3.5 H2.8 V14 H13.2 V3.5 H11.5 M5.5 2 H10.5 V5 H5.5 Z",
  fit: "M2.5 5 V2.5 H5 M11 2.5 H13.5 V5 M13.5 11 V13.5 H11 M5 13.5 H2.5 V11 !M8 5.8 L10.2 8 L8 10.2 L5.8 8 Z",
  camera: "M1.8 4.5 H10.2 V11.5 H1.8 Z M10.2 7.2 L14.2 4.8 V11.2 L10.2 8.8",
  lookthrough: "M1.8 3 H14.2 V13 H1.8 Z M1.8 10.5 L5.5 7 L8.5 10 L10.5 8.2 L14.2 11.5 M10.5 5.6 h0.01",
  snap: "M4 2.5 V8 A4 4 0 0 0 12 8 V2.5 M4 5 H6.6 M9.4 5 H12 M6.6 2.5 V8 A1.4 1.4 0 0 0 9.4 8 V2.5 M4 2.5 H6.6 M9.4 2.5 H12",
  world:
    "M8 14.2 A6.2 6.2 0 1 1 8 1.8 A6.2 6.2 0 1 1 8 14.2 M1.8 8 H14.2 M8 1.8 C4.5 5 4.5 11 8 14.2 M8 1.8 C11.5 5 11.5 11 8 14.2",
  seed: "M8 2 V9.5 M4.8 6.5 L8 9.7 L11.2 6.5 M2.5 10.5 V13.5 H13.5 V10.5",
  close: "M3.5 3.5 L12.5 12.5 M12.5 3.5 L3.5 12.5",
  subject: "M8 1.5 V5 M8 11 V14.5 M1.5 8 H5 M11 8 H14.5 M8 11.5 A3.5 3.5 0 1 1 8 4.5 A3.5 3.5 0 1 1 8 11.5",
  panel: "M2 3 H14 V13 H2 Z M2 9.5 H14",
  check: "M3 8.5 L6.5 12 L13 4.5",
  sliders:
    "M2 4.5 H8 M11 4.5 H14 M2 11.5 H5 M8 11.5 H14 M8 4.5 a1.5 1.5 0 1 0 3 0 a1.5 1.5 0 1 0 -3 0 M5 11.5 a1.5 1.5 0 1 0 3 0 a1.5 1.5 0 1 0 -3 0",
  move_left: "M13 8 H3.5 M7 4.5 L3.5 8 L7 11.5",
  move_right: "M3 8 H12.5 M9 4.5 L12.5 8 L9 11.5",
  move_up: "M8 13 V3.5 M4.5 7 L8 3.5 L11.5 7",
  move_down: "M8 3 V12.5 M4.5 9 L8 12.5 L11.5 9",
  move_in: "M3 3 L6.5 6.5 M6.5 3.5 V6.5 H3.5 M13 13 L9.5 9.5 M9.5 12.5 V9.5 H12.5",
  move_out: "M6.5 6.5 L3 3 M3 6 V3 H6 M9.5 9.5 L13 13 M13 10 V13 H10",
  turn_left: "M13 11 C12 5.5 7 4 3.5 7 M3.6 3.8 L3.4 7.1 L6.7 7",
  turn_right: "M3 11 C4 5.5 9 4 12.5 7 M12.4 3.8 L12.6 7.1 L9.3 7",
  turn_up: "M11 13 C5.5 12 4 7 7 3.5 M3.8 3.6 L7.1 3.4 L7 6.7",
  turn_down: "M11 3 C5.5 4 4 9 7 12.5 M3.8 12.4 L7.1 12.6 L7 9.3",
  roll_cw: "M12.5 8 A4.5 4.5 0 1 1 8 3.5 H11 M9 1.5 L11.2 3.5 L9 5.5",
  roll_ccw: "M3.5 8 A4.5 4.5 0 1 0 8 3.5 H5 M7 1.5 L4.8 3.5 L7 5.5",
  around_left: "M13 8 A6 6 0 0 1 3.4 10.4 M3 7.2 L3.3 10.5 L6.5 10 !M8 4 m-1.3 0 a1.3 1.3 0 1 0 2.6 0 a1.3 1.3 0 1 0 -2.6 0",
  around_right: "M3 8 A6 6 0 0 0 12.6 10.4 M13 7.2 L12.7 10.5 L9.5 10 !M8 4 m-1.3 0 a1.3 1.3 0 1 0 2.6 0 a1.3 1.3 0 1 0 -2.6 0",
  stand: "M8 11 A3 3 0 1 1 8 5 A3 3 0 1 1 8 11",
  sway: "M2 8 C4 3 5.5 12.5 8 8 S12 4 14 8",
  spiral: "M8 8 A1.5 1.5 0 0 1 11 8 A3 3 0 0 1 5 8 A4.5 4.5 0 0 1 14 8 A6 6 0 0 1 2 8",
};

/** Every icon there is. */
export const ICON_NAMES = Object.keys(ICONS);

/**
 * @param {string} data
 * @param {boolean} filled
 */
function shape(data, filled) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", data);
  path.setAttribute(filled ? "fill" : "stroke", "currentColor");
  path.setAttribute(filled ? "stroke" : "fill", "none");
  return path;
}

/**
 * @param {string} name one of ICON_NAMES
 * @returns {SVGSVGElement} 16 px; hidden from screen readers, which read the button's label
 */
export function iconElement(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [attribute, value] of [
    ["viewBox", "0 0 16 16"],
    ["width", "16"],
    ["height", "16"],
    ["aria-hidden", "true"],
    ["class", "raxel-icon"],
    ["stroke-width", "1.4"],
    ["stroke-linecap", "round"],
    ["stroke-linejoin", "round"],
  ]) {
    svg.setAttribute(attribute, value);
  }
  for (const [index, part] of (ICONS[name] ?? "").split("!").entries()) {
    if (part.trim()) svg.append(shape(part.trim(), index > 0));
  }
  return svg;
}
