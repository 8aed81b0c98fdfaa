// Colours of the views, from the variables that ComfyUI's palettes set, with fallbacks for any other page.
// What things mean is told by Okabe and Ito's colours, which people with any colour vision tell apart, and by shape.

/**
 * @typedef {object} Theme
 * @property {boolean} dark
 * @property {string} background
 * @property {string} foreground text and neutral lines
 * @property {string} muted quieter text
 * @property {string} panel behind text that floats over the scene
 * @property {string} border
 * @property {string} casing drawn around coloured lines so that they stand out
 * @property {string} halo drawn around lines of the foreground's colour
 * @property {string} path
 * @property {string} achieved
 * @property {string} selection
 * @property {string} onSelection text on the selection's colour
 * @property {string} subject
 * @property {[string, string, string]} axes x, y, z
 * @property {string} font family
 */

/** @typedef {[number, number, number]} Rgb 0..255 */

/** Okabe and Ito 2008. */
export const OKABE_ITO = Object.freeze({
  path: "#56B4E9",
  achieved: "#E69F00",
  selection: "#F0E442",
  subject: "#009E73",
  axes: /** @type {[string, string, string]} */ (["#D55E00", "#009E73", "#0072B2"]),
});

/** A palette's colours are looked up again after this long, so that drawing does not ask for styles each frame. */
const FRESH_MS = 500;

/** @param {Rgb} rgb @returns luminance 0..1, near enough to tell dark from light */
export const luminance = ([r, g, b]) => (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;

/** @param {Rgb} a @param {Rgb} b @param {number} share of b @returns {Rgb} */
export const mix = (a, b, share) => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];

/** @param {Rgb} rgb @param {number} [alpha] */
export const css = ([r, g, b], alpha = 1) =>
  `rgba(${Math.round(r)}, ${Math.round(g)}, ${Math.round(b)}, ${alpha})`;

/**
 * The theme of a background and a text colour.
 * @param {Rgb} ground @param {Rgb} text @param {string} [font] @returns {Theme}
 */
export function themeOf(ground, text, font = "system-ui, sans-serif") {
  const dark = luminance(ground) < 0.5;
  // A palette whose text would vanish on its own background gets plain black or white instead.
  const readable = Math.abs(luminance(text) - luminance(ground)) > 0.35;
  /** @type {Rgb} */
  const ink = readable ? text : dark ? [235, 235, 235] : [25, 25, 25];
  return {
    dark,
    background: css(ground),
    foreground: css(ink),
    muted: css(mix(ink, ground, 0.3)),
    panel: css(mix(ground, ink, 0.06), 0.9),
    border: css(mix(ground, ink, 0.22)),
    // Pale colours on a light ground need a dark edge, and a thin one: a thick one makes them dirty.
    casing: dark ? css(mix(ground, [0, 0, 0], 0.55), 0.85) : css(mix(ink, [20, 60, 100], 0.5), 0.42),
    halo: dark ? css(mix(ground, [0, 0, 0], 0.55), 0.85) : css(ground, 0.85),
    path: OKABE_ITO.path,
    achieved: OKABE_ITO.achieved,
    selection: OKABE_ITO.selection,
    onSelection: "#1a1a1a",
    subject: OKABE_ITO.subject,
    axes: OKABE_ITO.axes,
    font,
  };
}

/** @param {HTMLElement} element whose styles count @returns {() => Theme} asks again when the answer is old */
export function themeReader(element) {
  /** @type {{theme: Theme, at: number} | null} */
  let kept = null;
  const toRgb = colorReader(element.ownerDocument);
  return () => {
    const now = performance.now();
    if (kept && now - kept.at <= FRESH_MS) return kept.theme;
    const theme = readTheme(element, toRgb);
    // The same colours stay the same object, so that what was painted in them counts as up to date.
    kept = { theme: kept && JSON.stringify(kept.theme) === JSON.stringify(theme) ? kept.theme : theme, at: now };
    return kept.theme;
  };
}

/** @param {HTMLElement} element @param {(color: string) => Rgb | null} toRgb @returns {Theme} */
function readTheme(element, toRgb) {
  const style = getComputedStyle(element);
  /** @param {string[]} names */
  const first = (...names) => {
    for (const name of names) {
      const rgb = toRgb(style.getPropertyValue(name).trim());
      if (rgb) return rgb;
    }
    return null;
  };
  const ground = first("--raxel-view-background", "--bg-color", "--comfy-menu-bg") ?? [32, 32, 32];
  const text = first("--input-text", "--fg-color") ?? (luminance(ground) < 0.5 ? [221, 221, 221] : [34, 34, 34]);
  return themeOf(ground, text, style.fontFamily || undefined);
}

/**
 * Reads any CSS colour by painting it: palettes may write names, hex, oklch.
 * @param {Document} owner @returns {(color: string) => Rgb | null}
 */
function colorReader(owner) {
  const canvas = owner.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  /** @type {Map<string, Rgb | null>} */
  const known = new Map();
  return (color) => {
    if (!color || !context) return null;
    const found = known.get(color);
    if (found !== undefined) return found;
    const rgb = CSS.supports("color", color) ? paintedRgb(context, color) : null;
    known.set(color, rgb);
    return rgb;
  };
}

/**
 * @param {CanvasRenderingContext2D} context @param {string} color
 * @returns {Rgb | null} null for a colour one sees through
 */
function paintedRgb(context, color) {
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, alpha] = context.getImageData(0, 0, 1, 1).data;
  return alpha > 200 ? [r, g, b] : null;
}
