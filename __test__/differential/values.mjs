// Values to store: those that the predecessor keeps too, and those that only we keep.

const TEXTS = [
  "",
  "a",
  "plain text",
  "ünï😀",
  "a\nb\0c",
  "{}",
  "null",
  "base64:AAAA",
  "x".repeat(300),
];
const NUMBERS = [0, 1, -1, 2.5, 1e21, -1e-7, Number.MAX_SAFE_INTEGER];

/** A value that the predecessor stores and returns unchanged. */
export function tameValue(random, depth = 0) {
  const leaf = random.weighted(LEAVES)(random);
  if (depth > 2 || random.chance(0.6)) return leaf;
  const child = () => tameValue(random, depth + 1);
  return random.weighted([
    [3, () => random.list(random.below(4), child)],
    [
      4,
      () => Object.fromEntries(random.list(random.below(4), () => [random.pick(NAMES), child()])),
    ],
    [1, () => new Set(random.list(random.below(3), child))],
    [1, () => new Map(random.list(random.below(3), () => [random.pick(NAMES), child()]))],
  ])();
}

const NAMES = ["a", "b", "c", "a.b", "back\\slash", "json", "meta", "ключ", "0", "with space"];

const LEAVES = [
  [6, (random) => random.pick(TEXTS)],
  [6, (random) => random.pick(NUMBERS)],
  [4, (random) => random.below(100_000)],
  [3, (random) => random.chance(0.5)],
  [2, () => null],
  [1, (random) => new Date(random.below(2 ** 31) * 1000)],
  [1, () => /a+b/giu],
  [1, () => 12345678901234567890n],
  [1, () => new URL("https://example.org/path?query=1#part")],
  [
    1,
    (random) => random.pick([Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
  ],
];

/** Any value that can be stored. */
export function wildValue(random) {
  if (random.chance(0.7)) return tameValue(random);
  return random.pick(WILD)(random);
}

const WILD = [
  () => Buffer.from([0, 1, 254, 255]),
  () => new Uint8Array([7, 0, 9]),
  (random) => ({ bytes: new Uint8Array(random.below(5)), list: [Buffer.from("text")] }),
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"prototype":[3]}'),
  () => Object.assign(new Error("failed", { cause: { reason: "disk" } }), { code: "EIO" }),
  () => {
    const shared = { n: 1 };
    return { first: shared, second: shared };
  },
  () => {
    const cyclic = { name: "loop" };
    cyclic.self = cyclic;
    return cyclic;
  },
  () => [undefined, { kept: undefined }],
];

/** A value for `setItemRaw`, in a private copy. */
export function rawValue(random) {
  const bytes = random.list(random.below(40), () => random.below(256));
  return random.weighted([
    [3, () => `raw ${random.below(1000)} ü`],
    [1, () => '{"json":[1,2]}'],
    [3, () => Uint8Array.from(bytes)],
    [3, () => Buffer.from(bytes)],
  ])();
}

/** Raw values that only we read back: the predecessor takes them for nothing. */
export function wildRawValue(random) {
  return random.chance(0.7) ? rawValue(random) : random.pick(["", "{}", '{"plain":[1,true]}', "7"]);
}
