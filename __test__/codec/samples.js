// One value for everything that superjson can express; the texts that the real superjson makes of
// them are kept in fixtures/codec.

/** @type {Record<string, () => unknown>} */
export const samples = {
  text: () => 'plain "quoted" \\ line\nbreak \u0001 \ud83d\ude00',
  "lone surrogate": () => "\ud800",
  number: () => -12.5e-7,
  null: () => null,
  undefined: () => undefined,
  "odd numbers": () => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0],
  bigint: () => 123456789012345678901234567890n,
  date: () => new Date("2024-02-29T12:34:56.789Z"),
  "far date": () => new Date(8.64e15),
  regexp: () => /a\/b"\\[/]+/giu,
  "empty regexp": () => /(?:)/,
  url: () => new URL("https://user@example.org:8080/a%20b?c=d#e"),
  error: () => new Error("it failed"),
  "error with cause": () =>
    new Error("outer", { cause: new Error("inner", { cause: { at: new Date(0) } }) }),
  "named error": () => Object.assign(new Error("bad input"), { name: "ValidationError" }),
  "built-in error": () => new TypeError("not a function"),
  "plain object": () => ({ id: 1, tags: ["a", "b"], nested: { deep: { list: [[], {}] } } }),
  "integer keys": () => ({
    b: new Date(1),
    10: new Date(2),
    9: { y: new Date(3) },
    "01": undefined,
  }),
  set: () => new Set([1, "1", new Date(5), new Set([undefined])]),
  map: () =>
    new Map([
      ["a", new Date(1)],
      [new Date(2), { x: new Set([3n]) }],
      [{ k: undefined }, Number.NaN],
    ]),
  "dotted keys": () => ({
    "a.b": new Date(1),
    a: { b: new Date(2) },
    "": { "": new Date(3) },
    ".": 1n,
  }),
  "backslash keys": () => ({ "a\\b": new Date(1), "\\": { "\\.": undefined }, "c\\\\.d": /x/ }),
  "typed arrays": () => [
    new Int8Array([-1, 2]),
    new Uint8Array([1, 255]),
    new Uint8ClampedArray([0, 255]),
    new Int16Array([-300]),
    new Uint16Array([65535]),
    new Int32Array([-70000]),
    new Uint32Array([4294967295]),
    new Float32Array([0.5, 0.1]),
    new Float64Array([0.1, 1e300]),
  ],
  "repeated object": () => {
    const shared = { when: new Date(7) };
    return { first: shared, list: [shared, { again: shared }], map: new Map([[shared, shared]]) };
  },
  "repeated odd values": () => [Number.NaN, Number.NaN, 1n, 1n, new Date(1)],
  "cyclic object": () => {
    const root = { name: "root", children: /** @type {any[]} */ ([]) };
    root.children.push({ name: "child", parent: root });
    return root;
  },
  "cyclic array": () => {
    /** @type {any[]} */
    const list = [1];
    list.push({ list });
    return list;
  },
  "cyclic map": () => {
    const map = new Map();
    map.set("self", map).set(map, new Set([map]));
    return map;
  },
  "cyclic set": () => {
    const set = new Set();
    set.add({ set }).add(set);
    return set;
  },
};
