/** @param {number[]} numbers Not empty. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = /** @type {number} */ (sorted[middle]);
  return sorted.length % 2 === 1 ? upper : /** @type {number} */ (sorted[middle - 1] + upper) / 2;
}

/** @typedef {import("./measure.mjs").Sample} Sample */

/**
 * How many times better `samples` are than `baseline`, round by round. Less is better in all units.
 *
 * @param {Sample[]} samples
 * @param {Sample[]} baseline
 * @param {"value" | "cpu"} figure
 */
export function ratios(samples, baseline, figure) {
  return samples.flatMap((sample) => {
    const other = baseline.find(({ round }) => round === sample.round)?.[figure];
    const own = sample[figure];
    return other && own ? [other / own] : [];
  });
}
