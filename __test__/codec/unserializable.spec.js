import { describe, expect, it } from "vitest";
import { encode, MAX_BIGINT_DIGITS, MAX_DEPTH, MAX_HOLES } from "../../js/codec.js";
import { StorageError } from "../../js/errors.js";

function failureOf(value) {
  try {
    encode(value);
  } catch (error) {
    return error;
  }
  throw new Error("it was stored");
}

class Plain {
  a = 1;
}

const kinds = [
  ["a function", () => undefined],
  ["a symbol", Symbol("s")],
  ["a class instance", new Plain()],
  ["an object that inherits from another", Object.create({ a: 1 })],
  ["a WeakMap", new WeakMap()],
  ["a WeakSet", new WeakSet()],
  ["a Promise", Promise.resolve()],
  ["a boxed number", Object(1)],
  ["a boxed text", Object("x")],
  ["a boxed bigint", Object(1n)],
  ["an invalid Date", new Date(Number.NaN)],
  ["a SharedArrayBuffer", new SharedArrayBuffer(2)],
  ["a generator", (function* () {})()],
  ["URLSearchParams", new URLSearchParams("a=1")],
];

describe("what cannot be stored", () => {
  it.each(kinds)("is refused at the top: %s", (_name, value) => {
    const error = failureOf(value);
    expect(error).toBeInstanceOf(StorageError);
    expect(error.code).toBe("UNSERIALIZABLE");
    expect(error.message).toMatch(/^\[stowage\] Cannot stringify value!/);
  });

  it.each(kinds)("is refused at any depth, naming the path: %s", (_name, value) => {
    const places = {
      "a.b[2]": { a: { b: [1, 2, value] } },
      '["odd key"][0]': { "odd key": new Set([value]) },
      "map[1][0]": {
        map: new Map([
          ["k", 1],
          [value, 2],
        ]),
      },
      "map[0][1]": { map: new Map([["k", value]]) },
      "error.cause.x": { error: new Error("e", { cause: { x: value } }) },
      "made.x": { made: { toJSON: () => ({ x: value }) } },
      made: { made: { toJSON: () => value } },
    };
    for (const [path, holder] of Object.entries(places)) {
      const error = failureOf(holder);
      expect(error.code).toBe("UNSERIALIZABLE");
      expect(error.message).toContain(`at "${path}"`);
    }
  });

  it("is named by its class", () => {
    expect(failureOf({ x: new Plain() }).message).toContain("Plain");
  });

  it("carries what a getter or a toJSON threw", () => {
    const cause = new Error("mine");
    const fail = () => {
      throw cause;
    };
    for (const value of [
      { toJSON: fail },
      Object.defineProperty({}, "x", { get: fail, enumerable: true }),
    ]) {
      const error = failureOf(value);
      expect([error.code, error.cause]).toEqual(["UNSERIALIZABLE", cause]);
    }
  });

  it("is an object that stands in for itself, directly or in a circle", () => {
    const self = { toJSON: () => self };
    const [a, b] = [{ toJSON: () => b }, { toJSON: () => a }];
    expect(failureOf(self).message).toContain("toJSON()");
    expect(failureOf({ self, x: 1 }).message).toContain('at "self"');
    expect(failureOf(a).code).toBe("UNSERIALIZABLE");
  });
});

describe("limits", () => {
  const wrap = {
    arrays: (inner) => [inner],
    objects: (inner) => ({ inner }),
    sets: (inner) => new Set([inner]),
    maps: (inner) => new Map([["k", inner]]),
    errors: (inner) => new Error("x", { cause: inner }),
  };

  function nest(levels, make, inner) {
    let value = inner;
    for (let level = 0; level < levels; level++) {
      value = make(value);
    }
    return value;
  }

  it.each(Object.entries(wrap))("stores nesting up to the limit: %s", (_name, make) => {
    expect(() => encode(nest(MAX_DEPTH, make, new Date(1)))).not.toThrow();
    const message = failureOf(nest(MAX_DEPTH + 1, make, new Date(1))).message;
    expect(message).toContain(`${MAX_DEPTH} levels`);
    expect(message.length).toBeLessThan(500);
  });

  it.each(Object.entries(wrap))("refuses nesting far beyond the limit: %s", (_name, make) => {
    for (const leaf of [1, new Date(1)]) {
      expect(failureOf(nest(100_000, make, leaf)).code).toBe("UNSERIALIZABLE");
    }
  });

  it("refuses endless new objects", () => {
    const endless = () => ({ toJSON: endless });
    expect(failureOf(endless()).code).toBe("UNSERIALIZABLE");
    const growing = {
      get more() {
        return Object.create(Object.getPrototypeOf({}), Object.getOwnPropertyDescriptors(growing));
      },
    };
    expect(failureOf(growing).code).toBe("UNSERIALIZABLE");
  });

  it("refuses bigints with too many digits", () => {
    expect(failureOf({ n: 10n ** BigInt(MAX_BIGINT_DIGITS) }).message).toContain('at "n"');
    expect(failureOf(-(10n ** BigInt(MAX_BIGINT_DIGITS))).code).toBe("UNSERIALIZABLE");
    expect(() => encode(10n ** BigInt(MAX_BIGINT_DIGITS - 100))).not.toThrow();
  });

  it("refuses arrays of endless holes", () => {
    const sparse = [];
    sparse[4_000_000_000] = 1;
    expect(failureOf({ sparse }).message).toContain(`${MAX_HOLES} holes`);
  });

  it("refuses a text that would be too long", () => {
    let value = ["x".repeat(1000)];
    for (let doubling = 0; doubling < 40; doubling++) {
      value = [value, value];
    }
    expect(failureOf(value).code).toBe("UNSERIALIZABLE");
  });
});
