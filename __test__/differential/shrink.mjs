// Cutting a failing run down to what matters.

/** Longest search for a shorter run, in milliseconds. */
const PATIENCE = 8_000;

/**
 * Removes ever smaller pieces of `operations` as long as the rest still fails.
 *
 * @template T
 * @param {T[]} operations A list that fails.
 * @param {(operations: T[]) => Promise<boolean>} fails
 * @returns {Promise<T[]>} A list that still fails.
 */
export async function shrink(operations, fails) {
  const end = Date.now() + PATIENCE;
  let current = operations;
  for (let size = current.length >> 1; size >= 1; size >>= 1) {
    let start = 0;
    while (start < current.length) {
      if (Date.now() > end) return current;
      const rest = [...current.slice(0, start), ...current.slice(start + size)];
      if (rest.length > 0 && (await fails(rest))) current = rest;
      else start += size;
    }
  }
  return current;
}
