// One text for one value: comparing the texts compares the values, and a failure shows them.

/**
 * Writes a value so that equal values, and only those, give equal texts. Identity within a cyclic
 * value is shown by the depth at which the repeated object was met.
 *
 * @param {unknown} value
 * @param {object[]} [parents]
 * @returns {string}
 */
export function print(value, parents = []) {
  if (typeof value !== "object" || value === null) return printPrimitive(value);
  const depth = parents.indexOf(value);
  if (depth >= 0) return `<same as level ${depth}>`;
  const inner = (child) => print(child, [...parents, value]);
  if (Buffer.isBuffer(value)) return `Buffer(${value.toString("hex")})`;
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name}(${bytes.toString("hex")})`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${Buffer.from(value).toString("hex")})`;
  if (value instanceof Date) return `Date(${value.getTime()})`;
  if (value instanceof RegExp || value instanceof URL) return `${value.constructor.name}(${value})`;
  if (value instanceof Set) return `Set{${[...value].map(inner).join()}}`;
  if (value instanceof Map) {
    return `Map{${[...value].map(([key, item]) => `${inner(key)}=>${inner(item)}`).join()}}`;
  }
  if (value instanceof Error) return printError(value, inner);
  if (Array.isArray(value)) return `[${Array.from(value, inner).join()}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${inner(value[name])}`).join()}}`;
}

function printPrimitive(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function printError(error, inner) {
  const cause = error.cause === undefined ? "" : ` cause ${inner(error.cause)}`;
  const code = error.code === undefined ? "" : ` code ${inner(error.code)}`;
  return `${error.name}(${JSON.stringify(error.message)}${code}${cause})`;
}
