// The rules for keys, written down once more, so that the tests do not ask what they test.

/**
 * The canonical form of a key.
 *
 * @param {string} key
 * @returns {string}
 */
export function canonical(key) {
  const path = /** @type {string} */ (key.split("?")[0]);
  return path
    .split(/[:/\\]/)
    .filter((segment) => segment !== "")
    .join(":");
}

/**
 * Whether a key must be refused: with a `..` segment, a NUL, or half of a character.
 *
 * @param {string} key
 * @returns {boolean}
 */
export function isRefused(key) {
  const form = canonical(key);
  return form.split(":").includes("..") || form.includes("\0") || /\p{Surrogate}/u.test(form);
}
