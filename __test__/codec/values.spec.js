import { runInNewContext } from "node:vm";
import superjson from "superjson";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../js/codec.js";
import { difference } from "./graph.js";

function copy(value) {
  return decode(encode(value));
}

function expectSame(value) {
  expect(difference(copy(value), value)).toBeUndefined();
}

describe("plain values", () => {
  it.each([
    ["a text", "text"],
    ["a number", 5],
    ["a boolean", false],
    ["null", null],
    ["a list", [1, [2, { a: [] }]]],
    ["an object", { a: { b: "c" }, "": [true] }],
    ["an object named like an envelope", { json: 1 }],
    ["an object that is an envelope", { json: "1", meta: { values: ["bigint"], v: 1 } }],
  ])("are JSON in an envelope: %s", (_name, value) => {
    expect(encode(value)).toBe(`{"json":${JSON.stringify(value)}}`);
    expectSame(value);
  });

  it("keep the identity of more objects than are scanned one by one", () => {
    const objects = Array.from({ length: 100 }, (_, at) => ({ at }));
    expectSame(objects);
    expectSame([...objects, objects[50]]);
    expectSame([...objects, objects[3], objects[99]]);
  });

  it("keep the identity of few objects, wherever they are", () => {
    for (const count of [1, 2, 3, 4, 20]) {
      const objects = Array.from({ length: count }, (_, at) => ({ at }));
      expectSame(objects);
      for (const again of objects) {
        expectSame([...objects, again]);
        expectSame([...objects, { in: { deep: again } }]);
      }
      const cyclic = /** @type {unknown[]} */ ([...objects]);
      cyclic.push(cyclic);
      expectSame(cyclic);
    }
  });

  it("are not changed by names that Object.prototype got", () => {
    const proto = /** @type {any} */ (Object.prototype);
    proto.inherited = { rich: new Date(1) };
    try {
      expect(encode({ a: 1, b: { c: 2 } })).toBe('{"json":{"a":1,"b":{"c":2}}}');
    } finally {
      delete proto.inherited;
    }
  });

  it("are plain when they come from another realm", () => {
    const foreign = runInNewContext("({ list: [1], when: new Date(5), set: new Set([/x/g]) })");
    expect(
      difference(copy(foreign), { list: [1], when: new Date(5), set: new Set([/x/g]) }),
    ).toBeUndefined();
  });

  it("come back with a prototype when they had none", () => {
    const bare = Object.assign(Object.create(null), { a: Object.create(null) });
    expect(difference(copy(bare), { a: {} })).toBeUndefined();
  });

  it("leave out members with symbol keys and members that are not enumerable", () => {
    const value = Object.defineProperty({ a: 1, [Symbol("s")]: 2 }, "hidden", { value: 3 });
    expect(difference(copy(value), { a: 1 })).toBeUndefined();
  });
});

describe("keys that other libraries refuse", () => {
  it.each(["__proto__", "constructor", "prototype"])("stores %s as data", (key) => {
    const value = JSON.parse(`{"${key}":{"polluted":1},"other":2}`);
    expectSame(value);
    expect(copy(value).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(copy(value))).toBe(Object.prototype);
  });

  it.each(["__proto__", "constructor", "prototype"])("annotates inside %s", (key) => {
    const shared = { n: 1n };
    const value = {};
    const content = { when: new Date(1), set: new Set([shared]), shared };
    Object.defineProperty(value, key, {
      value: content,
      enumerable: true,
      writable: true,
      configurable: true,
    });
    expectSame(value);
    expectSame({ [key.toUpperCase()]: [value, content] });
    expect(Object.hasOwn(Object.prototype, "when")).toBe(false);
  });

  it("keeps dots, backslashes and empty keys apart", () => {
    expectSame({
      "a.b": new Date(1),
      a: { b: new Date(2) },
      "a\\": { b: 1n },
      "a\\.b": /x/,
      "": { "": undefined },
    });
  });
});

describe("dates", () => {
  const times = [0, 1, -1, 999, 1000, 59_999, 3_599_999, 86_399_999, 86_400_000, -86_400_000];
  const far = [8.64e15, -8.64e15, 253_402_300_799_999, 253_402_300_800_000, -62_167_219_200_001];

  it("are written as their toISOString gives them, on the same day and on another", () => {
    for (const time of [...times, ...far, ...times]) {
      for (const near of [time, time, time > 0 ? time - 1 : time + 1]) {
        const date = new Date(near);
        expect(encode(date)).toBe(
          `{"json":"${date.toISOString()}","meta":{"values":["Date"],"v":1}}`,
        );
        expectSame(date);
      }
    }
  });

  it.each([
    "2024-02-29T23:59:59.999Z",
    "2024-02-29T24:00:00.000Z",
    "2024-02-29T24:00:00.001Z",
    "2024-02-29T12:60:00.000Z",
    "2024-02-29T12:00:60.000Z",
    "2024-02-29T1:000:00.0000",
    "2024-02-29T12:00:00,000Z",
    "2024-02-29T12:00:00.00+Z",
    "2024-02-29T12:00:00.000z",
    "2024-02-29T12:00:00.0000",
    "2024-02-29T12:00:00+0100",
    "2024-02-29T12:00Z",
    "2024-02-29",
    "2023-02-29T12:00:00.000Z",
    "2023-02-31T12:00:00.000Z",
    "2023-02-32T12:00:00.000Z",
    "2023-13-01T12:00:00.000Z",
    "+012345-01-01T00:00:00.000Z",
    "February 29, 2024, 12:00",
  ])("are read as the engine reads them, after others of the same day: %s", (text) => {
    const read = (/** @type {string} */ date) => {
      try {
        return decode(`{"json":"${date}","meta":{"values":["Date"],"v":1}}`);
      } catch (error) {
        return error.code;
      }
    };
    const expected = Number.isNaN(Date.parse(text)) ? "CORRUPT" : new Date(text);
    for (const before of [
      `${text.slice(0, 11)}01:02:03.004Z`,
      `${text.slice(0, 11)}04:03:02.001Z`,
      "1970-01-01T00:00:00.000Z",
      text,
    ]) {
      read(before);
      expect(read(text)).toEqual(expected);
      const later = `${text.slice(0, 11)}05:06:07.089Z`;
      expect(read(later)).toEqual(Number.isNaN(Date.parse(later)) ? "CORRUPT" : new Date(later));
    }
  });

  it("of a class with a toISOString of its own are written as that gives them", () => {
    class Noon extends Date {
      toISOString() {
        return `${super.toISOString().slice(0, 11)}12:00:00.000Z`;
      }
    }
    expect(copy(new Noon(5))).toEqual(new Date("1970-01-01T12:00:00.000Z"));
  });
});

describe("annotations", () => {
  it("are in the order of an object's keys at every level", () => {
    const when = () => new Date(1);
    const values = [
      [{ a: when() }, when(), { b: [when(), { c: when() }, when()] }, when()],
      { 4294967295: when(), 10: { x: when() }, 9: when(), "01": when(), "-1": when() },
      new Map([[[{ k: 1n }, 2n], new Map([[{ a: 3n }, 4n]])]]),
      { list: Array.from({ length: 12 }, (_, at) => (at % 2 ? when() : { at: when() })) },
    ];
    for (const value of values) {
      expect(encode(value)).toBe(superjson.stringify(value));
      expectSame(value);
    }
  });

  it("are right after those of another value, and of one with the same", () => {
    const values = [
      { a: 1n },
      { a: 2n },
      { b: 1n },
      { a: 1n, b: 1n },
      { a: new Date(1) },
      { a: 3n },
    ];
    for (const value of [...values, ...values]) {
      expect(encode(value)).toBe(superjson.stringify(value));
    }
  });
});

describe("strings", () => {
  const odd = ['"', "\\", "\n", "\u0000", "\u001f", "\u007f", "é", "漢", "\u2028", "\ud800", "😀"];

  it.each(odd)(
    "are written as JSON does, short and long, as keys and beside rich values: %j",
    (part) => {
      for (const length of [0, 1, 22, 23, 24, 25, 100]) {
        const text = `${"x".repeat(length)}${part}`;
        const value = { [text]: new Date(1), text, list: [text, 1n], again: `${part}${text}` };
        expect(encode(value)).toBe(superjson.stringify(value));
        expectSame(value);
      }
    },
  );
});

describe("holes", () => {
  it("come back as undefined, also at the end", () => {
    // biome-ignore lint/suspicious/noSparseArray: holes are what is tested.
    expect(copy({ list: [1, , null, ,] })).toEqual({ list: [1, undefined, null, undefined] });
  });
});

describe("binary values", () => {
  const bytes = Uint8Array.from([0, 1, 127, 128, 255, 3, 2, 1]);

  it.each([
    ["Buffer", () => Buffer.from(bytes)],
    ["Uint8Array", () => bytes],
    ["ArrayBuffer", () => bytes.buffer],
    ["DataView", () => new DataView(bytes.buffer, 2, 4)],
    ["BigInt64Array", () => new BigInt64Array([1n, -(2n ** 63n)])],
    ["BigUint64Array", () => new BigUint64Array([2n ** 64n - 1n])],
    ["Float64Array", () => new Float64Array([Number.NaN, -0, -Infinity, Infinity, 0.1])],
    ["Float32Array", () => new Float32Array([Number.NaN, 0.1])],
    ["an empty Buffer", () => Buffer.alloc(0)],
  ])("come back as %s, at the top and inside", (_name, make) => {
    expectSame(make());
    const value = make();
    expectSame({ list: [value, { again: value }], set: new Set([make()]) });
  });

  it("holds only the part that a view shows", () => {
    expect(copy(bytes.subarray(1, 3))).toEqual(Uint8Array.from([1, 127]));
    expect(copy(Buffer.from("abcdef").subarray(2, 4)).toString()).toBe("cd");
  });

  it("comes back as the built-in class of a derived one", () => {
    class Bytes extends Uint8Array {
      get [Symbol.toStringTag]() {
        return "Bytes";
      }
    }
    expect(difference(copy(Bytes.of(1, 2)), Uint8Array.of(1, 2))).toBeUndefined();
  });
});

describe("errors", () => {
  it("keep name, message, cause and code", () => {
    expectSame(
      Object.assign(new Error("gone", { cause: { when: new Date(1) } }), { code: "ENOENT" }),
    );
    expectSame(new Error("no cause"));
    expectSame(new Error("no cause given", { cause: undefined }));
  });

  it.each([EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    "are of their built-in class: %o",
    (BuiltIn) => {
      expect(copy(new BuiltIn("x"))).toBeInstanceOf(BuiltIn);
      expectSame(new BuiltIn("x"));
    },
  );

  it("keep the errors of an AggregateError", () => {
    expectSame(new AggregateError([new TypeError("a"), new Error("b")], "both", { cause: 1n }));
  });

  it("keep members that are plain data, and leave out the others", () => {
    const error = Object.assign(new Error("x"), {
      status: 503,
      info: { retry: [1] },
      socket: new WeakMap(),
    });
    const { status, info, socket } = copy(error);
    expect({ status, info, socket }).toEqual({
      status: 503,
      info: { retry: [1] },
      socket: undefined,
    });
  });

  it("of a class of the application are Errors of its name", () => {
    class StorageFull extends Error {
      name = "StorageFull";
      code = "FULL";
    }
    const read = copy(new StorageFull("no room"));
    expect(Object.getPrototypeOf(read)).toBe(Error.prototype);
    expect({ ...read, message: read.message }).toEqual({
      name: "StorageFull",
      code: "FULL",
      message: "no room",
    });
  });

  it("have no stack of where they were made or read", () => {
    expect(encode(new Error("x"))).not.toContain("values.spec");
    expect(copy(new TypeError("x")).stack).toBe("TypeError: x");
  });

  it("can hold themselves", () => {
    const error = /** @type {any} */ (new Error("loop"));
    error.cause = { error };
    expectSame(error);
  });
});

describe("toJSON", () => {
  class Point {
    constructor(x) {
      this.x = x;
    }
    toJSON() {
      return { x: this.x, when: new Date(this.x) };
    }
  }

  it("stands in for its object at any depth, with rich values inside", () => {
    const read = { x: 1, when: new Date(1) };
    expect(copy(new Point(1))).toEqual(read);
    expect(copy({ list: [new Point(1)], map: new Map([["k", new Point(1)]]) })).toEqual({
      list: [read],
      map: new Map([["k", read]]),
    });
  });

  it("is called with the key, once for each object, which stays one", () => {
    const calls = [];
    const value = { toJSON: (key) => calls.push(key) && { n: calls.length } };
    const read = copy({ a: value, b: [value] });
    expect(calls).toEqual(["a"]);
    expect(read).toEqual({ a: { n: 1 }, b: [{ n: 1 }] });
    expect(read.b[0]).toBe(read.a);
  });

  it("is a text or a number as well as an object", () => {
    const value = {
      a: { toJSON: () => "text" },
      b: { toJSON: () => undefined },
      c: { toJSON: () => 1n },
    };
    expect(copy(value)).toEqual({ a: "text", b: undefined, c: 1n });
  });

  it("is followed when it gives an object that has one, and when it is inherited by an array", () => {
    class List extends Array {
      toJSON() {
        return { items: [...this] };
      }
    }
    expect(copy({ toJSON: () => new Point(2) })).toEqual({ x: 2, when: new Date(2) });
    expect(copy({ list: List.of(1, 2) })).toEqual({ list: { items: [1, 2] } });
  });

  it("is seen on plain objects and arrays where it does not show", () => {
    class Dates extends Array {
      toJSON() {
        return [...this].map((time) => new Date(time));
      }
    }
    const hidden = Object.defineProperty({ a: 1 }, "toJSON", { value: () => new Set([1]) });
    expect(copy([Dates.of(1), hidden])).toEqual([[new Date(1)], new Set([1])]);
  });

  it("is a member like any other when it is not a function", () => {
    expectSame({ toJSON: "data", in: [{ toJSON: { when: new Date(1) } }] });
  });

  it("does not replace Date, URL and Buffer", () => {
    expectSame([new Date(1), new URL("https://example.org/"), Buffer.from("x")]);
  });
});

describe("identity", () => {
  it("is kept for every kind of object", () => {
    const kinds = [
      {},
      [],
      new Map(),
      new Set(),
      new Date(1),
      /x/,
      new Error("x"),
      new Uint8Array(2),
    ];
    expectSame([...kinds, ...kinds, new URL("https://example.org/"), Buffer.from("x")]);
    expectSame(new Map(kinds.map((kind) => [kind, { kind }])));
  });

  it("is kept for NaN and bigints, which superjson takes for shared, among few and many", () => {
    for (const length of [1, 5, 15, 16, 17, 40]) {
      const dates = Array.from({ length }, (_, at) => new Date(at));
      const value = [Number.NaN, 5n, ...dates, Number.NaN, 5n, dates[length - 1], dates[0]];
      expect(encode(value)).toBe(superjson.stringify(value));
      expectSame(value);
    }
  });

  it("is kept through Sets whose other members become equal when they are stored", () => {
    const shared = { s: 1 };
    const same = () => ({ toJSON: () => "same" });
    const read = copy({ set: new Set([same(), same(), shared]), shared });
    expect([...read.set]).toEqual(["same", { s: 1 }]);
    expect([...read.set][1]).toBe(read.shared);
  });
});
