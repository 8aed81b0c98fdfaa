// Slopes of a cubic Hermite curve that rounds its corners: at a knot that of the parabola through it and its neighbours,
// shortened where the way turns back or where a neighbour is near. Vectors go in whole, so a turned path is the same path
// turned, which PCHIP (pchip.mjs, one coordinate at a time) is not. raxel_core/geometry/round.py is the twin.

/** A slope is at most so many times the slower way beside it; up to 3 a straight way still never overshoots. */
const MOST = 2;

/** @param {readonly number[]} v */
const lengthOf = (v) => Math.hypot(...v);

/** @param {readonly number[]} a @param {readonly number[]} b */
const dotOf = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/**
 * Slopes at n knots of a curve in any number of dimensions.
 * @param {number[]} steps n - 1 time differences, > 0
 * @param {number[][]} secants n - 1 differences of value over `steps`
 * @returns {number[][]} n slopes; of a single knot none
 */
export function roundSlopes(steps, secants) {
  const last = steps.length - 1;
  if (last < 0) return [];
  if (last === 0) return [secants[0], secants[0]];
  const slopes = [endSlope(steps[0], steps[1], secants[0], secants[1])];
  for (let i = 1; i <= last; i++) slopes.push(innerSlope(steps[i - 1], steps[i], secants[i - 1], secants[i]));
  slopes.push(endSlope(steps[last], steps[last - 1], secants[last], secants[last - 1]));
  return slopes;
}

/** @param {number} stepBefore @param {number} stepAfter @param {number[]} before @param {number[]} after */
function innerSlope(stepBefore, stepAfter, before, after) {
  const [fast, slow] = [lengthOf(before), lengthOf(after)];
  const least = Math.min(fast, slow);
  if (least === 0) return before.map(() => 0);
  const parabola = before.map((value, i) => (stepAfter * value + stepBefore * after[i]) / (stepBefore + stepAfter));
  const back = Math.min(1, Math.max(0, 1 + dotOf(before, after) / fast / slow)); // 1 up to a right angle, 0 where the way turns round
  return shortened(parabola.map((value) => back * value), MOST * least);
}

/** @param {number} step next to the end @param {number} inner step @param {number[]} secant @param {number[]} innerSecant */
function endSlope(step, inner, secant, innerSecant) {
  const slope = secant.map((value, i) => ((2 * step + inner) * value - step * innerSecant[i]) / (step + inner));
  if (dotOf(slope, secant) <= 0) return secant.map(() => 0);
  return shortened(slope, MOST * lengthOf(secant));
}

/** @param {number[]} slope @param {number} most */
function shortened(slope, most) {
  const length = lengthOf(slope);
  return length > most ? slope.map((value) => (value * most) / length) : slope;
}
