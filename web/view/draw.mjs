// The painter: primitives onto a 2D canvas. It knows no scene.

/** @typedef {import("./primitives.mjs").Primitive} Primitive */
/** @typedef {import("./primitives.mjs").Look} Look */
/** @typedef {import("./picture.mjs").Picture} Picture */
/** @typedef {{font: string, picture: Picture | null, frame: import("./surface.mjs").Frame}} Surroundings */

const CASING_PX = 2.5;
const THICK_PX = 1.75;
const PLATE_PADDING = [6, 4];

/** @param {CanvasRenderingContext2D} context @param {Primitive[]} primitives @param {Surroundings} surroundings */
export function paint(context, primitives, surroundings) {
  for (const primitive of primitives) paintOne(context, primitive, surroundings);
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context @param {Primitive} primitive @param {Surroundings} surroundings */
function paintOne(context, primitive, surroundings) {
  if (primitive.kind === "text") return paintText(context, primitive, surroundings.font);
  if (primitive.kind === "picture") return paintPicture(context, primitive, surroundings);
  context.beginPath();
  trace(context, primitive);
  fillAndStroke(context, primitive);
}

/** @param {CanvasRenderingContext2D} context @param {Exclude<Primitive, {kind: "text" | "picture"}>} primitive */
function trace(context, primitive) {
  if (primitive.kind === "disc") {
    context.arc(primitive.x, primitive.y, primitive.radius, 0, 2 * Math.PI);
  } else if (primitive.kind === "path") {
    for (const { x, y } of primitive.points) context.lineTo(x, y);
    if (primitive.closed) context.closePath();
  } else if (primitive.kind === "polygons") {
    for (const points of primitive.polygons) {
      points.forEach(({ x, y }, index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
    }
  } else {
    const { flat } = primitive;
    for (let i = 0; i < flat.length; i += 4) {
      context.moveTo(flat[i], flat[i + 1]);
      context.lineTo(flat[i + 2], flat[i + 3]);
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {Look} look */
function fillAndStroke(context, { color, width = 1, alpha = 1, dash, casing, fill, fillAlpha = 1 }) {
  context.globalAlpha = alpha;
  // Round ends cost much and do not show on thin lines.
  context.lineCap = width >= THICK_PX ? "round" : "butt";
  context.lineJoin = width >= THICK_PX ? "round" : "bevel";
  if (color && casing) {
    context.strokeStyle = casing;
    context.lineWidth = width + CASING_PX;
    context.stroke();
  }
  if (fill) {
    context.globalAlpha = alpha * fillAlpha;
    context.fillStyle = fill;
    context.fill();
    context.globalAlpha = alpha;
  }
  if (!color) return;
  if (dash) context.setLineDash(dash);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
  if (dash) context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {Extract<Primitive, {kind: "text"}>} text @param {string} font */
function paintText(context, { x, y, text, color, size, align, alpha, bold, plate }, font) {
  context.globalAlpha = alpha;
  context.font = `${bold ? "600 " : ""}${size}px ${font}`;
  context.textAlign = align;
  context.textBaseline = "middle";
  if (plate) paintPlate(context, x, y, context.measureText(text).width, size, align, plate);
  context.fillStyle = color;
  // The middle of a line of text lies above the middle of its digits and capitals.
  context.fillText(text, x, y + size * 0.06);
}

/**
 * @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} width
 * @param {number} size @param {CanvasTextAlign} align @param {{fill: string, border: string}} plate
 */
function paintPlate(context, x, y, width, size, align, plate) {
  const [sides, ends] = PLATE_PADDING;
  const left = x - (align === "center" ? width / 2 : align === "right" ? width : 0) - sides;
  context.beginPath();
  context.roundRect(left, y - size / 2 - ends, width + 2 * sides, size + 2 * ends, 5);
  context.fillStyle = plate.fill;
  context.fill();
  context.strokeStyle = plate.border;
  context.lineWidth = 1;
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context @param {Extract<Primitive, {kind: "picture"}>} primitive
 * @param {Surroundings} surroundings
 */
function paintPicture(context, { homography, near, alpha }, { picture, frame }) {
  context.globalAlpha = alpha;
  picture?.draw(context, homography, near, frame);
}
