// Values that JSON cannot hold, there and back through text.
"use strict";

const assert = require("node:assert").strict;
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");

/** Each kind of value that is promised, by its name. */
const VALUES = {
  text: "lone \ud800 and 😀",
  numbers: [0, -0, NaN, Infinity, -Infinity, 1e-300, Number.MAX_SAFE_INTEGER],
  nothing: [null, undefined],
  bigint: 12345678901234567890n,
  date: new Date(1e12),
  expression: /a+b/giu,
  set: new Set([1, "b", new Set([2])]),
  map: new Map([[{ key: 1 }, [2]]]),
  url: new URL("https://example.org/?q=1"),
  buffer: Buffer.from([0, 1, 254, 255]),
  words: new Uint16Array([1, 2, 65535]),
  doubles: new Float64Array([0.1, NaN]),
  proto: JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
};

const SPARSE = [];
SPARSE[3] = 1;

async function roundTrips(storage) {
  await storage.setItem("all", VALUES);
  assert.deepEqual(await storage.getItem("all"), VALUES);
  assert.deepEqual(storage.getItemSync("all"), VALUES);
  await storage.setItem("sparse", SPARSE);
  assert.deepEqual(await storage.getItem("sparse"), [undefined, undefined, undefined, 1]);
  assert.equal({}.polluted, undefined);
}

module.exports = {
  "every kind through memory": () => roundTrips(createStorage()),

  "every kind through files": (base) => roundTrips(createStorage({ driver: fs({ base }) })),

  async "cycles and repeated objects"() {
    const storage = createStorage();
    const shared = { n: 1 };
    const value = { first: shared, second: shared };
    value.self = value;
    await storage.setItem("a", value);
    const read = await storage.getItem("a");
    assert.equal(read.self, read);
    assert.equal(read.first, read.second);
    assert.deepEqual(read.first, { n: 1 });
  },

  async "errors keep class, message and cause"() {
    const storage = createStorage();
    const error = new RangeError("too far");
    error.cause = new TypeError("wrong");
    await storage.setItem("a", { error });
    const read = (await storage.getItem("a")).error;
    assert.ok(read instanceof RangeError && read.cause instanceof TypeError);
    assert.equal(read.message, "too far");
    assert.equal(read.cause.message, "wrong");
  },
};
