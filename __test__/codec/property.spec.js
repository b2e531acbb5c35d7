import fc from "fast-check";
import superjson from "superjson";
import { expect, it } from "vitest";
import { decode, encode } from "../../js/codec.js";
import { anyGraph, superjsonGraph, superjsonTree } from "./arbitraries.js";
import { difference } from "./graph.js";

/** Thousands of values take a while on a busy machine, in milliseconds. */
const PATIENCE = 240_000;

it(
  "whatever is stored comes back: values, classes, order and identity",
  () => {
    fc.assert(
      fc.property(anyGraph, (value) => {
        expect(difference(decode(encode(value)), value)).toBeUndefined();
      }),
      { numRuns: 10_000 },
    );
  },
  PATIENCE,
);

it(
  "what superjson can express has the text that superjson gives it, and is read from that",
  () => {
    fc.assert(
      fc.property(superjsonGraph, (value) => {
        const text = superjson.stringify(value);
        expect(encode(value)).toBe(text);
        expect(difference(decode(text), value)).toBeUndefined();
      }),
      { numRuns: 20_000 },
    );
  },
  PATIENCE,
);

it(
  "superjson reads what it can express",
  () => {
    let read = 0;
    fc.assert(
      fc.property(superjsonTree, (value) => {
        const text = encode(value);
        // It restores some repeated values (NaN and bigints in Sets, say) in another order.
        if (!text.includes("referentialEqualities")) {
          expect(difference(superjson.parse(text), value)).toBeUndefined();
          read++;
        }
      }),
      { numRuns: 5_000 },
    );
    expect(read).toBeGreaterThan(2_000);
  },
  PATIENCE,
);

it(
  "superjson reads whatever is stored, as far as it can express it",
  () => {
    let read = 0;
    fc.assert(
      fc.property(anyGraph, (value) => {
        const text = encode(value);
        const refused = /__proto__|constructor|prototype|referentialEqualities/.test(text);
        if (!refused) {
          expect(() => superjson.parse(text)).not.toThrow();
          read++;
        }
      }),
      { numRuns: 5_000 },
    );
    expect(read).toBeGreaterThan(1_000);
  },
  PATIENCE,
);

it(
  "texts with one change are read or refused, and nothing else happens",
  () => {
    const methods = Object.getOwnPropertyNames(Object.prototype).sort();
    const change = fc.tuple(fc.nat(), fc.constantFrom(...'0123456789"\\{}[],:.aDs_'), fc.boolean());
    fc.assert(
      fc.property(anyGraph, change, (value, [where, char, insert]) => {
        const text = encode(value);
        const at = where % text.length;
        const changed = text.slice(0, at) + char + text.slice(insert ? at : at + 1);
        try {
          decode(changed, "k");
        } catch (error) {
          expect(error).toMatchObject({ code: "CORRUPT", key: "k" });
        }
      }),
      { numRuns: 10_000 },
    );
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(methods);
  },
  PATIENCE,
);
