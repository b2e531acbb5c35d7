// Equality of whole graphs: the values, their classes, the order of members, and which parts are
// one and the same. `toEqual` overlooks the last two.

/**
 * Where two values differ, or undefined where they are the same.
 * @param {unknown} actual
 * @param {unknown} expected
 * @returns {string | undefined}
 */
export function difference(actual, expected) {
  return compare(actual, expected, "value", new Map(), new Map());
}

function compare(actual, expected, path, met, metBack) {
  if (!isObject(actual) || !isObject(expected)) {
    return Object.is(actual, expected) ? undefined : `${path}: not identical`;
  }
  if (met.has(actual) || metBack.has(expected)) {
    const same = met.get(actual) === expected && metBack.get(expected) === actual;
    return same ? undefined : `${path}: identity differs`;
  }
  met.set(actual, expected);
  metBack.set(expected, actual);
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) {
    return `${path}: class differs`;
  }
  const [left, right] = [parts(actual), parts(expected)];
  if (left.length !== right.length) {
    return `${path}: ${left.length} parts, not ${right.length}`;
  }
  for (const [at, [name, part]] of left.entries()) {
    if (name !== right[at][0]) {
      return `${path}: ${name}, not ${right[at][0]}`;
    }
    const found = compare(part, right[at][1], `${path}/${name}`, met, metBack);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function isObject(value) {
  return typeof value === "object" && value !== null;
}

/** What an object consists of, as pairs of a name and a part. */
function parts(value) {
  if (value instanceof Map) {
    return [...value].flatMap(([key, item], at) => [
      [`key ${at}`, key],
      [`item ${at}`, item],
    ]);
  }
  if (value instanceof Set) {
    return [...value].map((item, at) => [`item ${at}`, item]);
  }
  if (value instanceof Date) {
    return [["time", value.getTime()]];
  }
  if (value instanceof RegExp || value instanceof URL) {
    return [["text", String(value)]];
  }
  if (value instanceof ArrayBuffer) {
    return [...new Uint8Array(value).entries()];
  }
  if (value instanceof DataView) {
    return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength).entries()];
  }
  if (value instanceof Error) {
    const hidden = ["message", "cause", "errors"].filter((key) => Object.hasOwn(value, key));
    const shown = Object.keys(value).filter((key) => key !== "name" && !hidden.includes(key));
    return [["name", value.name], ...[...hidden, ...shown].map((key) => [key, value[key]])];
  }
  if (Array.isArray(value)) {
    return Array.from(value, (item, at) => [`${at}`, item]);
  }
  return Object.entries(value);
}
