import { readFileSync } from "node:fs";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../js/codec.js";
import { difference } from "./graph.js";
import { samples } from "./samples.js";

function textsOf(version) {
  const file = new URL(`../../fixtures/codec/superjson-${version}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).texts;
}

const current = textsOf("2.2.6");
const legacy = textsOf("1.13.3");

/** What superjson 1 wrote without the cause. */
const WITHOUT_CAUSE = "error with cause";

/** What superjson 1 wrote with paths that fit more than one place, so that none can be read. */
const AMBIGUOUS = ["dotted keys", "backslash keys"];

describe("texts of superjson 2.2.6", () => {
  it("has one for each sample", () => {
    expect(Object.keys(current)).toEqual(Object.keys(samples));
  });

  for (const [name, make] of Object.entries(samples)) {
    it(`reads and writes the same text: ${name}`, () => {
      expect(difference(decode(current[name]), make())).toBeUndefined();
      expect(encode(make())).toBe(current[name]);
    });

    it(`is what the installed superjson writes: ${name}`, () => {
      expect(superjson.stringify(make())).toBe(current[name]);
    });
  }
});

describe("texts of superjson 1.13.3, without a version", () => {
  it("has one for each sample", () => {
    expect(Object.keys(legacy)).toEqual(Object.keys(samples));
  });

  for (const [name, make] of Object.entries(samples)) {
    if (name !== WITHOUT_CAUSE && !AMBIGUOUS.includes(name)) {
      it(`reads: ${name}`, () => {
        expect(difference(decode(legacy[name]), make())).toBeUndefined();
      });
    }
  }

  it("reads an error that was written without its cause", () => {
    expect(difference(decode(legacy[WITHOUT_CAUSE]), new Error("outer"))).toBeUndefined();
  });

  it.each(AMBIGUOUS)("refuses, as superjson 2.2.6 does, what is ambiguous: %s", (name) => {
    expect(() => superjson.parse(legacy[name])).toThrow();
    expect(() => decode(legacy[name])).toThrow(expect.objectContaining({ code: "CORRUPT" }));
  });

  it("takes backslashes in paths as they are, and dots as escaped", () => {
    const date = "1970-01-01T00:00:00.000Z";
    const json = { "a\\b": date, "a\\\\b": date, "c.d": date, e: [date] };
    const values = { "a\\b": ["Date"], "a\\\\b": ["Date"], "c\\.d": ["Date"], "e.0": ["Date"] };
    const text = JSON.stringify({ json, meta: { values } });
    const when = new Date(0);
    expect(decode(text)).toEqual({ "a\\b": when, "a\\\\b": when, "c.d": when, e: [when] });
    expect(decode(text)).toEqual(superjson.parse(text));
  });
});

describe("where superjson cannot follow, it still reads the rest", () => {
  it("reads binary classes as their bytes", () => {
    const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    const values = [Buffer.from(buffer), buffer, new DataView(buffer), new BigInt64Array(buffer)];
    for (const value of values) {
      expect(superjson.parse(encode({ value }))).toEqual({ value: new Uint8Array(buffer) });
    }
  });

  it("reads odd numbers of typed arrays", () => {
    const floats = new Float64Array([Number.NaN, Number.POSITIVE_INFINITY, -Infinity, -0, 1]);
    expect(superjson.parse(encode(floats))).toEqual(floats);
  });

  it("reads an error without its code", () => {
    const error = Object.assign(new Error("no space", { cause: 1n }), {
      code: "ENOSPC",
      errno: -28,
    });
    const read = /** @type {any} */ (superjson.parse(encode({ error }))).error;
    expect([read.message, read.cause, read.code]).toEqual(["no space", 1n, undefined]);
  });

  it("reads holes as undefined", () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested.
    expect(superjson.parse(encode([1, , 3]))).toEqual([1, undefined, 3]);
  });

  it("reads keys that it refuses to write", () => {
    const text = encode({ constructor: 1, prototype: 2 });
    expect(superjson.parse(text)).toEqual({ constructor: 1, prototype: 2 });
  });

  it("keeps NaN and the infinities of its typed arrays from reading as zero", () => {
    const text = superjson.stringify(new Float64Array([Number.NaN, 1]));
    expect(decode(text)).toEqual(new Float64Array([Number.NaN, 1]));
  });
});

describe("identities that superjson writes but does not read back", () => {
  it("restores them when a shorter path names an object met on a longer one", () => {
    const inner = { when: new Date(1) };
    const shared = { inner };
    const value = { 1: inner, a: { b: shared }, d: shared };
    expect(difference(decode(superjson.stringify(value)), value)).toBeUndefined();
  });

  it("restores a cycle inside a repeated object", () => {
    const owner = { part: /** @type {any} */ ({}) };
    owner.part.owner = owner;
    const value = { owner, part: owner.part };
    expect(difference(decode(superjson.stringify(value)), value)).toBeUndefined();
  });

  it("restores members of Sets, Maps and causes of errors", () => {
    const [a, b] = [{ a: 1 }, { b: 2 }];
    const error = new Error("x", { cause: a });
    const value = { set: new Set([b, a]), map: new Map([[a, b]]), error, list: [a, b, error] };
    expect(difference(decode(superjson.stringify(value)), value)).toBeUndefined();
  });

  it("reads a text in which a function occurred twice", () => {
    const act = () => undefined;
    const text = superjson.stringify({ a: act, b: act, list: [act, act], n: 1 });
    expect(decode(text)).toEqual({ list: [null, null], n: 1 });
  });

  it("reads the annotations of names on arrays, which JSON drops", () => {
    const match = /** @type {any} */ ("abc".match(/b/));
    match.extra = { when: new Date(1), again: [undefined] };
    expect(decode(superjson.stringify({ match }))).toEqual({ match: ["b"] });
  });
});
