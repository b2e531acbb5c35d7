// The keys of a run: few, so that operations meet, in many spellings.

/** Keys that the predecessor keeps apart on every driver: no key is the folder of another. */
export const TAME_KEYS = [
  "x",
  "y.json",
  "z-1",
  "dir:x",
  "dir:y",
  "dir:sub:x",
  "dir:sub:deep:er:x",
  "other:x",
  "other:some name",
  "m:x",
  "m:y",
  "m:dir:x",
  "m:n:x",
  "m:n:dir:y",
  "user:profile",
  "user:settings:theme",
];

/** Keys that need care: collisions with folders, twins, names that some platform cannot hold. */
export const WILD_KEYS = [
  ...TAME_KEYS,
  "dir",
  "dir:sub",
  "m",
  "m:n",
  "user",
  "DIR:x",
  "X",
  "dir:caf\u00e9",
  "dir:cafe\u0301",
  "CON",
  "nul.txt",
  "ends.",
  "trail ",
  "notes:v1..",
  "..hidden",
  "dot:.:x",
  ".config",
  "100%",
  "a%2Fb",
  "__proto__",
  "constructor",
  "price*<>|\"'",
  "😀:ключ",
  "k".repeat(300),
];

/** The canonical form of a key, written independently of both libraries. */
export function canonical(key) {
  const [path] = key.split("?");
  return path
    .split(/[:/\\]/)
    .filter((segment) => segment !== "")
    .join(":");
}

const BASES = [
  "",
  "dir",
  "dir:sub",
  "other",
  "m",
  "m:n",
  "m:dir",
  "user",
  "user:settings",
  "nothing",
];

/** A spelling that means the same key. */
export function spell(random, key) {
  if (random.chance(0.6)) return key;
  return random.pick([
    (plain) => plain.replaceAll(":", "/"),
    (plain) => plain.replaceAll(":", "\\"),
    (plain) => plain.replaceAll(":", "::"),
    (plain) => `:${plain}`,
    (plain) => `/${plain}/`,
    (plain) => `${plain}?version=2`,
  ])(key);
}

/** A base for listings and clearing, often in another spelling. */
export function spellBase(random) {
  const base = random.pick(BASES);
  return base === ""
    ? random.pick(["", undefined, "/"])
    : spell(random, random.pick([base, `${base}:`]));
}
