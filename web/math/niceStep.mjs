// Round numbers for rulers and grids.

/**
 * The next number of a ladder, times a power of ten, that is not below.
 * @param {number} value positive @param {number[]} [ladder] of 1 to 10
 */
export function niceStep(value, ladder = [1, 2, 5, 10]) {
  const power = 10 ** Math.floor(Math.log10(value));
  const share = value / power;
  return (ladder.find((step) => step >= share - 1e-9) ?? 10) * power;
}
