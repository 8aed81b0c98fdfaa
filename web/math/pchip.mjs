// Slopes of a cubic Hermite curve that never overshoots: Fritsch and Butland's weighted harmonic mean of the secants
// (SIAM J. Sci. Stat. Comput. 5, 1984), with the three-point rule at both ends, as scipy's PchipInterpolator.

/**
 * Slopes at n knots from the secants between them.
 * @param {number[]} steps n - 1 time differences, > 0
 * @param {number[]} secants n - 1 differences of value over `steps`
 * @returns {number[]} n slopes; [0] for a single knot
 */
export function pchipSlopes(steps, secants) {
  const last = steps.length - 1;
  if (last < 0) return [0];
  if (last === 0) return [secants[0], secants[0]];
  const slopes = [endSlope(steps[0], steps[1], secants[0], secants[1])];
  for (let i = 1; i <= last; i++) {
    slopes.push(innerSlope(steps[i - 1], steps[i], secants[i - 1], secants[i]));
  }
  slopes.push(endSlope(steps[last], steps[last - 1], secants[last], secants[last - 1]));
  return slopes;
}

/** @param {number} stepBefore @param {number} stepAfter @param {number} before @param {number} after */
function innerSlope(stepBefore, stepAfter, before, after) {
  if (Math.sign(before) !== Math.sign(after) || before === 0) return 0;
  const weightBefore = 2 * stepAfter + stepBefore;
  const weightAfter = stepAfter + 2 * stepBefore;
  return (weightBefore + weightAfter) / (weightBefore / before + weightAfter / after);
}

/**
 * @param {number} step next to the end @param {number} inner step @param {number} secant
 * @param {number} innerSecant
 */
function endSlope(step, inner, secant, innerSecant) {
  const slope = ((2 * step + inner) * secant - step * innerSecant) / (step + inner);
  if (Math.sign(slope) !== Math.sign(secant)) return 0;
  const turns = Math.sign(secant) !== Math.sign(innerSecant);
  return turns && Math.abs(slope) > 3 * Math.abs(secant) ? 3 * secant : slope;
}

/**
 * Cubic Hermite curve at u in 0..1; exactly `a` all along where a equals b and both slopes are 0.
 * @param {number} u @param {number} a value at 0 @param {number} b value at 1
 * @param {number} slopeA per u @param {number} slopeB per u
 */
export function hermite(u, a, b, slopeA, slopeB) {
  const v = 1 - u;
  return a + (b - a) * u * u * (3 - 2 * u) + u * v * v * slopeA - u * u * v * slopeB;
}
