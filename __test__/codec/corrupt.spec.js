import { describe, expect, it } from "vitest";
import { decode, encode, MAX_BIGINT_DIGITS, MAX_DEPTH } from "../../js/codec.js";
import { StorageError } from "../../js/errors.js";

function failureOf(text) {
  try {
    decode(text, "some:key");
  } catch (error) {
    return error;
  }
  throw new Error("it was read");
}

function expectCorrupt(text) {
  const error = failureOf(text);
  expect(error).toBeInstanceOf(StorageError);
  expect([error.code, error.key]).toEqual(["CORRUPT", "some:key"]);
}

function annotated(json, values, more = {}) {
  return JSON.stringify({ json, meta: { values, v: 1, ...more } });
}

function shared(json, referentialEqualities, more = {}) {
  return JSON.stringify({ json, meta: { ...more, referentialEqualities, v: 1 } });
}

describe("text that is not an envelope", () => {
  it.each(["", " ", "plain", "{", '{"json":1', "undefined", "NaN", "[1,]", "{'a':1}", "\ufeff{}"])(
    "is corrupt when it is not JSON: %j",
    (text) => expectCorrupt(text),
  );

  it.each([undefined, null, 5, {}])("is corrupt when it is no text at all: %s", (text) => {
    expectCorrupt(text);
  });

  it.each([
    "{}",
    "[]",
    "5",
    '"text"',
    "null",
    '{"a":1}',
    '{"json":1,"other":2}',
    '{"meta":{"values":["Date"],"v":1}}',
    '{"json":1,"meta":5}',
    '{"json":1,"meta":null}',
    '{"json":1,"meta":{}}',
    '{"json":1,"meta":{"v":1}}',
    '{"json":1,"meta":["Date"]}',
    '{"json":1,"meta":{"values":"Date"}}',
    '{"json":1,"meta":{"values":["Date"],"referentialEqualities":5}}',
    '{"json":1,"meta":{"values":["Date"],"v":"1"}}',
    '{"json":1,"meta":{"values":["Date"],"author":"me"}}',
    '{"json":1,"meta":{"values":["Date"],"v":1},"__proto__":2}',
    '{"__proto__":{"json":1}}',
  ])("is that JSON: %s", (text) => {
    expect(decode(text)).toEqual(JSON.parse(text));
  });

  it("names the key and carries the cause", () => {
    const error = failureOf("nonsense");
    expect(error.message).toContain('"some:key"');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });
});

describe("annotations of unknown or unfit types", () => {
  const unfit = [
    ["an unknown type", annotated("x", ["Nonsense"])],
    ["a name that every object has", annotated("x", ["constructor"])],
    ["the name of a prototype", annotated("x", ["__proto__"])],
    ["a type that is no name", annotated("x", [5])],
    ["an empty list", annotated("x", [])],
    ["a class", annotated({}, [["class", "User"]])],
    ["a custom type", annotated({}, [["custom", "decimal"]])],
    ["a symbol", annotated("s", [["symbol", "s"]])],
    ["undefined with content", annotated({ a: 1 }, ["undefined"])],
    ["a Date of a number", annotated(5, ["Date"])],
    ["a Date of nonsense", annotated("yesterday", ["Date"])],
    ["a Date of an object", annotated({ valueOf: 1 }, ["Date"])],
    ["a bigint of nonsense", annotated("12x", ["bigint"])],
    ["a bigint of nothing", annotated("", ["bigint"])],
    ["a bigint of a number", annotated(12, ["bigint"])],
    ["a number of digits", annotated("12", ["number"])],
    ["a number of a member of every object", annotated("toString", ["number"])],
    ["a RegExp without slashes", annotated("a+", ["regexp"])],
    ["a RegExp of one slash", annotated("/", ["regexp"])],
    ["a RegExp that does not compile", annotated("/(/", ["regexp"])],
    ["a RegExp with unknown flags", annotated("/a/qq", ["regexp"])],
    ["a RegExp of a list", annotated(["/a/"], ["regexp"])],
    ["a URL of nonsense", annotated("no url", ["URL"])],
    ["a URL of an object", annotated({ href: "https://example.org" }, ["URL"])],
    ["an Error of a text", annotated("it failed", ["Error"])],
    ["an Error without a message", annotated({ name: "Error" }, ["Error"])],
    ["a Set of an object", annotated({ length: 5 }, ["set"])],
    ["a Set of a text", annotated("abc", ["set"])],
    ["a Map of texts", annotated(["ab"], ["map"])],
    ["a Map of short rows", annotated([["k"]], ["map"])],
    ["a typed array of a length", annotated(1_000_000_000, [["typed-array", "Float64Array"]])],
    ["a typed array of an object", annotated({ length: 1e9 }, [["typed-array", "Uint8Array"]])],
    ["a typed array of texts", annotated(["1"], [["typed-array", "Uint8Array"]])],
    ["a typed array of nulls", annotated([null], [["typed-array", "Int8Array"]])],
    ["a typed array of objects", annotated([{}], [["typed-array", "Float64Array"]])],
    ["a typed array of an unknown class", annotated([1], [["typed-array", "Array"]])],
    ["a typed array without a class", annotated([1], [["typed-array"]])],
    ["bytes of an unknown class", annotated([1], [["typed-array", "Uint8Array", "Function"]])],
    ["a Buffer of floats", annotated([1], [["typed-array", "Float64Array", "Buffer"]])],
    [
      "a BigInt64Array of too few bytes",
      annotated([1], [["typed-array", "Uint8Array", "BigInt64Array"]]),
    ],
    ["annotations inside that are a list", annotated([1], ["set", ["Date"]])],
    ["annotations inside that are a text", annotated([1], ["set", "Date"])],
    ["annotations of a member that are a text", annotated({ a: 1 }, { a: "Date" })],
    ["annotations of a member that are null", annotated({ a: 1 }, { a: null })],
    [
      "a value revived twice",
      annotated({ a: ["1970-01-01T00:00:00.000Z"] }, { "a.0": ["Date"], a: { 0: ["Date"] } }),
    ],
  ];

  it.each(unfit)("is corrupt: %s", (_name, text) => expectCorrupt(text));
});

describe("paths", () => {
  const stray = [
    ["of nothing", annotated({ a: 1 }, { b: ["undefined"] })],
    ["beyond the end", annotated([1], { 1: ["undefined"] })],
    ["through a text", annotated({ a: "abc" }, { "a.0": ["Date"] })],
    ["through null", annotated({ a: null }, { "a.b": ["undefined"] })],
    ["at the top of a text", annotated("abc", { 0: ["Date"] })],
    ["through an unknown escape", annotated({ "a\\b": null }, { "a\\b": ["undefined"] })],
    ["through a prototype", annotated({}, { "__proto__.polluted": ["undefined"] })],
    ["through a constructor", annotated({}, { "constructor.prototype.polluted": ["undefined"] })],
    ["to a method of every object", annotated({}, { toString: ["undefined"] })],
    ["through a revived Set", annotated({ a: [[1]] }, { a: ["set"], "a.0": ["set"] })],
    ["of identity through a prototype", shared({ a: {} }, { a: ["__proto__.polluted"] })],
    ["of identity through a constructor", shared({ a: {} }, { "constructor.prototype": ["a"] })],
    ["of identity through a text", shared({ a: "abc" }, { "a.0": ["a"] })],
    ["of identity through nothing", shared({ a: {} }, { "b.c": ["a"] })],
    ["of identity that are numbers", shared([{}, {}], { 0: [1] })],
    ["of identity that are no list", shared([{}, {}], { 0: "1" })],
    ["of identity of the top that are no list", shared([{}, {}], ["1"])],
    ["of identity that are nested lists", shared([{}, {}], [["0"], [["1"]]])],
    [
      "of identity into a typed array",
      shared({ a: [1], b: {} }, { b: ["a.0"] }, { values: { a: [["typed-array", "Uint8Array"]] } }),
    ],
    [
      "of identity into the stack of an Error",
      shared({ a: { message: "" }, b: {} }, { "a.stack.x": ["b"] }, { values: { a: ["Error"] } }),
    ],
  ];

  it.each(stray)("is corrupt: one %s", (_name, text) => {
    expectCorrupt(text);
    expect(/** @type {any} */ ({}).polluted).toBeUndefined();
  });

  it("reach own members only, whatever they are called", () => {
    const text =
      '{"json":{"__proto__":{"x":"1"},"constructor":{"prototype":["2"]}},' +
      '"meta":{"values":{"__proto__.x":["bigint"],"constructor.prototype":["set"]},"v":1}}';
    const read = /** @type {any} */ (decode(text));
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(read, "__proto__")?.value).toEqual({ x: 1n });
    expect(read.constructor.prototype).toEqual(new Set(["2"]));
  });

  it("of identity that lead to missing members are left out, and inherited ones are missing", () => {
    const read = /** @type {any} */ (
      decode(shared({ a: { b: 1 } }, { a: ["toString", "__proto__"] }))
    );
    expect(read).toEqual({ a: { b: 1 } });
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(decode(shared([[1]], { 0: ["length"] }))).toEqual([[1]]);
  });
});

describe("cost", () => {
  it("of a bigint is capped", () => {
    const digits = (count) => annotated("9".repeat(count), ["bigint"]);
    expect(decode(digits(MAX_BIGINT_DIGITS))).toBe(BigInt("9".repeat(MAX_BIGINT_DIGITS)));
    expectCorrupt(digits(MAX_BIGINT_DIGITS + 1));
    expectCorrupt(digits(2_000_000));
  });

  it("of nested annotations is capped, not the end of the stack", () => {
    for (const levels of [MAX_DEPTH + 2, 100_000]) {
      const values = `${'["set",{"0":'.repeat(levels)}["set"]${"}]".repeat(levels)}`;
      expectCorrupt(
        `{"json":${"[".repeat(levels + 1)}${"]".repeat(levels + 1)},"meta":{"values":${values},"v":1}}`,
      );
    }
  });

  it("of what the encoder accepts is never above a cap", () => {
    let deep = /** @type {unknown} */ (new Date(1));
    for (let level = 0; level < MAX_DEPTH; level++) {
      deep = level % 2 === 0 ? new Set([deep]) : new Error("x", { cause: deep });
    }
    const text = encode(deep);
    expect(encode(decode(text))).toBe(text);
  });

  it("of deep plain text is borne", () => {
    const text = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;
    expect(Array.isArray(decode(text))).toBe(true);
    expect(Array.isArray(decode(`{"json":${text}}`))).toBe(true);
  });

  // A walk to the nth member for each of these annotations takes minutes; the run has a time limit.
  it("of many annotations in one Map grows in step with the text", () => {
    const rows = Array.from({ length: 100_000 }, (_, at) => [`${at}`, { at }]);
    const inside = Object.fromEntries(rows.map((_, at) => [`${at}.0`, ["bigint"]]));
    const same = { 0.1: rows.slice(1).map((_, at) => `${at + 1}.1`) };
    const text = shared(rows, same, { values: ["map", inside] });
    const read = /** @type {Map<bigint, object>} */ (decode(text));
    expect(read.size).toBe(rows.length);
    expect(new Set(read.values()).size).toBe(1);
  });
});
