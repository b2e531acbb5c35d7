// Shapes of keys.

/** Keys that every platform can hold as a path, in both libraries. */
export const PORTABLE_KEYS = [
  "plain",
  "with.extension.json",
  "a:b",
  "deep:er:and:deep:er:still:x",
  "with space",
  "dash-under_score",
  ".hidden",
  ".config:settings",
  "..dots:inside",
  "v1...x",
  "UPPER:Case",
  "ünï:kode",
  "日本語:キー",
  "😀",
  "tilde~",
  "plus+equals=comma,semi;at@hash#amp&",
  "(round)[square]{curly}'quote`",
  "dollar$inside",
  "caret^bang!",
  "0",
  "n".repeat(200),
];

/** Keys that the predecessor writes where the platform lets it, and that must stay readable. */
export const AWKWARD_KEYS = [
  "100%",
  "a%2Fb",
  "%61",
  "%",
  "CON",
  "nul.txt",
  "com1:x",
  "ends.with.dot.",
  "ends with space ",
  "case:key",
  "case:KEY",
  "caf\u00e9",
  "cafe\u0301",
  'star*question|pipe<angle>"',
  "tab\there",
  "line\nbreak",
  "n".repeat(255),
];

/** Other spellings of keys, with what they mean. */
export const SPELLINGS = {
  "/slashes/mean/colons": "slashes:mean:colons",
  "back\\slashes\\too": "back:slashes:too",
  "::many:::colons::": "many:colons",
  "query?is=dropped": "query",
};
