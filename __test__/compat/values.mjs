// One value of each kind that the predecessor can store, by a name that serves as key.

const shared = { id: 1 };
const cyclic = { name: "cycle", list: [] };
cyclic.list.push(cyclic);

/** Values that read back equal in both libraries, whichever wrote them. */
export const VALUES = {
  null: null,
  true: true,
  false: false,
  zero: 0,
  "negative-zero": -0,
  fraction: -12.5e-9,
  "not-a-number": Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  "minus-infinity": Number.NEGATIVE_INFINITY,
  "empty-text": "",
  text: "plain",
  "text-with-controls": 'line\nquote" back\\slash \u0000 \u2028 \u007f',
  unicode: "ünï 😀 日本",
  "lone-surrogate": "\ud800",
  "long-text": "0123456789".repeat(20_000),
  bigint: -123456789012345678901234567890n,
  date: new Date("2024-02-29T12:34:56.789Z"),
  regexp: /^a\/[b"]+$/dgimsuy,
  url: new URL("https://user:secret@example.org:8080/path?query=1#part"),
  error: Object.assign(new RangeError("out of range"), { name: "RangeError" }),
  "empty-list": [],
  list: [1, "two", null, [3, [4]]],
  "list-with-undefined": [undefined, 1, undefined],
  "empty-object": {},
  object: { a: 1, b: { c: [true, null] }, "with.dot": new Date(0), "back\\slash": new Set([1]) },
  "object-with-undefined": { kept: undefined },
  set: new Set([1, "two", new Date(2), { three: 3 }]),
  map: new Map([
    ["text", 1],
    [2, "number"],
    [{ key: "object" }, new Map([["nested", new Set()]])],
  ]),
  "typed-arrays-inside": {
    floats: new Float64Array([0.5, -1]),
    bytes: new Uint8Array([0, 255]),
    shorts: new Int16Array([-3]),
  },
  "json-names": { json: 1, meta: { values: ["Date"] } },
  "numeric-names": { 0: "zero", 10: "ten", "01": "text" },
  "object-twice": { first: shared, second: shared },
  cyclic,
  "with-to-json": { toJSON: () => ({ plain: "from toJSON" }) },
  deep: JSON.parse(`${'{"a":['.repeat(40)}1${"]}".repeat(40)}`),
};

/** What reads back for a value: itself, but for objects that describe themselves. */
export function expected(name) {
  const value = VALUES[name];
  return typeof value?.toJSON === "function" && value.constructor === Object
    ? value.toJSON()
    : value;
}
