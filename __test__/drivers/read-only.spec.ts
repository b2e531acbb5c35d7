import fs from "stowage/drivers/fs";
import { testDriver } from "stowage/suite";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

testDriver({
  name: "fs, readOnly",
  features: { write: false },
  driver: () => fs({ base: temporaryDirectory(), readOnly: true }),
});

testDriver({
  name: "a driver in JavaScript with the required methods only",
  features: { write: false },
  driver: () => ({ hasItem: () => false, getItem: () => null, getKeys: () => ["a"] }),
});

describe("testDriver", () => {
  it("refuses a misspelt feature", () => {
    const features = { snyc: false } as object;
    expect(() => testDriver({ driver: () => fs({ base: "x" }), features })).toThrow("snyc");
  });
});
