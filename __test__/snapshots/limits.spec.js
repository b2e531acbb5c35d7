import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const { createSnapshots } = require("../../js/snapshots.js");

const MAX_VALUES = 4096;
const MAX_UNITS = 1024 * 1024;

/** Reads as operations do: what is not known is answered with the text. True if it was tried. */
function read(snapshots, key, text) {
  if (!snapshots.isDue()) return false;
  if (snapshots.read(key) === undefined) snapshots.keep(key, text, JSON.parse(text));
  return true;
}

/** The keys that are known. Asking changes the order in which they leave, so it comes last. */
function known(snapshots, keys) {
  return keys.filter((key) => snapshots.read(key) !== undefined);
}

const names = (count) => Array.from({ length: count }, (_, at) => `key:${at}`);

describe("limits", () => {
  it("keeps a bounded number of values, the latest", () => {
    const snapshots = createSnapshots(new Float64Array(1));
    const keys = names(10_000);
    for (const key of keys) {
      read(snapshots, key, "1");
      read(snapshots, key, "1");
    }
    const kept = known(snapshots, keys);
    expect(kept.length).toBeGreaterThan(MAX_VALUES / 4);
    expect(kept.length).toBeLessThanOrEqual(MAX_VALUES);
    expect(kept.at(-1)).toBe(keys.at(-1));
  });

  it("keeps a bounded amount of text", () => {
    const snapshots = createSnapshots(new Float64Array(1));
    const text = JSON.stringify("x".repeat(4000));
    const keys = names(1000);
    for (const key of keys) {
      read(snapshots, key, text);
      read(snapshots, key, text);
    }
    const kept = known(snapshots, keys);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length * text.length).toBeLessThanOrEqual(MAX_UNITS);
  });

  it("keeps no value whose key is very long", () => {
    const snapshots = createSnapshots(new Float64Array(1));
    const key = "k".repeat(2000);
    for (let time = 0; time < 3; time++) read(snapshots, key, "1");
    expect(snapshots.read(key)).toBeUndefined();
  });

  it("tries few of the reads of a scan, and all reads of keys that come back", () => {
    const snapshots = createSnapshots(new Float64Array(1));
    const tried = names(20_000).filter((key) => read(snapshots, key, "1"));
    expect(tried.length).toBeLessThan(2000);
    const hot = names(10);
    for (let round = 0; round < 1000; round++) for (const key of hot) read(snapshots, key, "1");
    expect(hot.filter((key) => read(snapshots, key, "1"))).toEqual(hot);
    expect(known(snapshots, hot)).toEqual(hot);
  });

  it("tries few reads while another writer changes the driver all the time", () => {
    const changes = new Float64Array(1);
    const snapshots = createSnapshots(changes);
    let tried = 0;
    for (let time = 0; time < 20_000; time++) {
      changes[0] = time + 1;
      tried += Number(read(snapshots, "a", "1"));
    }
    expect(tried).toBeLessThan(2000);
  });
});

describe("what counts as the only change", () => {
  const changes = new Float64Array(1);
  const snapshots = createSnapshots(changes);
  const fill = () => {
    for (const key of ["a", "b"]) {
      for (let time = 0; time < 3; time++) read(snapshots, key, "1");
    }
    expect(known(snapshots, ["a", "b"])).toEqual(["a", "b"]);
  };

  it.each([
    ["one change drops the key", 1, undefined, ["b"]],
    ["two drop everything", 2, undefined, []],
    ["an answer that comes later drops everything", 1, Promise.resolve(), []],
    ["no change drops nothing", 0, undefined, ["a", "b"]],
  ])("%s", (_rule, count, answer, left) => {
    fill();
    const calls = snapshots.around({
      set() {
        changes[0] += count;
        return answer;
      },
    });
    calls.set("a", "2");
    expect(known(snapshots, ["a", "b"])).toEqual(left);
  });

  it("a call that fails after its change drops everything", () => {
    fill();
    const calls = snapshots.around({
      remove() {
        changes[0] += 1;
        throw new Error("after the change");
      },
    });
    expect(() => calls.remove("a")).toThrow("after the change");
    expect(known(snapshots, ["a", "b"])).toEqual([]);
  });
});
