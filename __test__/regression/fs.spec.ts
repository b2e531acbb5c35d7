import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createStorage, type Storage } from "stowage";
import fs from "stowage/drivers/fs";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const open = (base = temporaryDirectory()) => createStorage({ driver: fs({ base }) });

/** Resolves once the watched storage has reported all of `expected`, in any order. */
async function reported(storage: Storage, expected: string[], change: () => Promise<void>) {
  const seen: string[] = [];
  let check: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => {
    check = () => {
      if (expected.every((event) => seen.includes(event))) resolve();
    };
  });
  const stop = await storage.watch((event, key) => {
    seen.push(`${event} ${key}`);
    check();
  });
  await change();
  await complete;
  await stop();
  return seen;
}

/** The predecessor lost values, or returned errors as values, in each of these. */
describe("fs", () => {
  it("several writes of one key at once left a mixture, or not the last", async () => {
    const storage = open();
    for (let round = 0; round < 300; round++) {
      const values = Array.from(
        { length: 8 },
        (_, n) => `${round}-${n}-${"x".repeat((n * 37) % 400)}`,
      );
      await Promise.all(values.map((value) => storage.setItem("k", value)));
      expect(await storage.getItem("k")).toBe(values.at(-1));
    }
  });

  it("a read while a value was replaced gave null", async () => {
    const storage = open();
    const values = ["a", "b"].map((letter) => letter.repeat(100_000));
    await storage.setItem("k", values[0] as string);
    for (let round = 1; round <= 500; round++) {
      const writing = storage.setItem("k", values[round % 2] as string);
      const read = (await storage.getItem("k")) as string;
      expect(values.includes(read)).toBe(true);
      await writing;
    }
  });

  it("a read below a value gave an Error object", async () => {
    const storage = open();
    await storage.setItem("a", 1);
    expect(await storage.getItem("a:b")).toBeNull();
    expect(storage.getItemSync("a:b")).toBeNull();
    expect(await storage.getItemRaw("a:b")).toBeNull();
    expect(await storage.hasItem("a:b")).toBe(false);
  });

  it("a read of a long key gave an Error object, and such a key could not be stored", async () => {
    const storage = open();
    const key = `long:${"k".repeat(300)}`;
    expect(await storage.getItem(key)).toBeNull();
    expect(storage.getItemSync(key)).toBeNull();
    await storage.setItem(key, 1);
    expect(await storage.getItem(key)).toBe(1);
    expect(await storage.getKeys()).toEqual([key]);
    await storage.removeItem(key);
    expect(await storage.getKeys()).toEqual([]);
  });

  it("a value above and below the same name failed with ENOTDIR", async () => {
    const base = temporaryDirectory();
    const storage = open(base);
    await storage.setItem("a", 1);
    await storage.setItem("a:b", 2);
    await storage.setItem("x:y", 3);
    await storage.setItem("x", 4);
    const keys = ["a", "a:b", "x", "x:y"];
    expect((await storage.getKeys()).sort()).toEqual(keys);
    expect((await storage.getItems(keys)).map(({ value }) => value)).toEqual([1, 2, 4, 3]);
    await storage.removeItem("a");
    await storage.removeItem("x:y");
    expect((await storage.getKeys()).sort()).toEqual(["a:b", "x"]);
  });

  it("values above and below the same name were not watched under their own keys", async () => {
    const base = temporaryDirectory();
    const expected = ["update a", "update a:b", "update x:y", "update x"];
    const storage = open(base);
    const other = open(base);
    const seen = await reported(storage, expected, async () => {
      for (const event of expected) await other.setItem(event.split(" ")[1] as string, 1);
    });
    expect(seen.filter((event) => !expected.includes(event))).toEqual([]);
    const removed = ["remove a", "remove x:y"];
    const seenLater = await reported(storage, removed, async () => {
      for (const event of removed) await other.removeItem(event.split(" ")[1] as string);
    });
    expect(seenLater.sort()).toEqual(removed);
    await storage.dispose();
    await other.dispose();
  });

  it("a folder of keys counted as an item", async () => {
    const storage = open();
    await storage.setItem("a:b", 1);
    expect(await storage.hasItem("a")).toBe(false);
    expect(storage.hasItemSync("a")).toBe(false);
  });

  it("cut-off content read as missing", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "k"), '{"json":{"a":');
    const strict = open(base);
    await expect(strict.getItem("k")).rejects.toMatchObject({ code: "CORRUPT", key: "k" });
    expect(() => strict.getItemSync("k")).toThrow(expect.objectContaining({ code: "CORRUPT" }));
    await expect(strict.getItems(["k"])).rejects.toMatchObject({ code: "CORRUPT", key: "k" });
    const lenient = createStorage({ driver: fs({ base }), onCorrupt: "null" });
    expect(await lenient.getItem("k")).toBeNull();
    expect(lenient.getItemSync("k")).toBeNull();
    expect(await lenient.getItems(["k"])).toEqual([{ key: "k", value: null }]);
    expect(readFileSync(join(base, "k"), "utf8")).toBe('{"json":{"a":');
  });

  it("content that is no text read as something else", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "k"), Buffer.from([0xff, 0xfe, 0]));
    await expect(open(base).getItem("k")).rejects.toMatchObject({ code: "CORRUPT" });
    expect([...(await open(base).getItemRaw("k"))]).toEqual([0xff, 0xfe, 0]);
  });

  it("plain JSON, as unstorage writes it, read as undefined", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "object"), '{"name":"x","list":[1,2]}');
    writeFileSync(join(base, "number"), "42");
    writeFileSync(join(base, "text"), '"quoted"');
    const storage = open(base);
    expect(await storage.getItem("object")).toEqual({ name: "x", list: [1, 2] });
    expect(await storage.getItem("number")).toBe(42);
    expect(storage.getItemSync("text")).toBe("quoted");
  });

  it("kept: text stored raw comes back as a Buffer", async () => {
    const storage = open();
    await storage.setItemRaw("k", "text");
    expect(await storage.getItemRaw("k")).toEqual(Buffer.from("text"));
  });

  it("a listing below a base walked every folder", async () => {
    const base = temporaryDirectory();
    for (let group = 0; group < 100; group++) {
      mkdirSync(join(base, `d${group}`));
      for (let n = 0; n < 10; n++) writeFileSync(join(base, `d${group}`, `k${n}`), "1");
    }
    const asked: string[] = [];
    const ignore = (path: string) => {
      asked.push(path);
      return false;
    };
    const storage = createStorage({ driver: fs({ base, ignore }) });
    expect(await storage.getKeys("d7:")).toHaveLength(10);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual(13);
  });

  it("kept: maxDepth counts from the root, not from the base", async () => {
    const storage = open();
    await storage.setItem("a:b:c", 1);
    expect(await storage.getKeys("a:b", { maxDepth: 1 })).toEqual([]);
    expect(await storage.getKeys("a:b", { maxDepth: 2 })).toEqual(["a:b:c"]);
  });

  it("metadata of a missing item had five undefined fields", async () => {
    expect(Object.keys(await open().getMeta("missing"))).toEqual([]);
  });

  it("watching after dispose did nothing in silence", async () => {
    const storage = open();
    await storage.dispose();
    await expect(storage.watch(() => undefined)).rejects.toMatchObject({ code: "DISPOSED" });
  });

  it("a link inside the base was followed out of it", async () => {
    const [base, outside] = [temporaryDirectory(), temporaryDirectory()];
    writeFileSync(join(outside, "secret"), '{"json":"secret"}');
    symlinkSync(outside, join(base, "link"));
    symlinkSync(join(outside, "secret"), join(base, "file-link"));
    const storage = open(base);
    for (const key of ["link:secret", "file-link"]) {
      await expect(storage.getItem(key), key).rejects.toMatchObject({ code: "OUTSIDE_BASE" });
      await expect(storage.getItemRaw(key), key).rejects.toMatchObject({ code: "OUTSIDE_BASE" });
      expect(() => storage.getItemSync(key), key).toThrow(
        expect.objectContaining({ code: "OUTSIDE_BASE" }),
      );
    }
    await expect(storage.setItem("link:new", 1)).rejects.toMatchObject({ code: "OUTSIDE_BASE" });
    expect(readdirSync(outside)).toEqual(["secret"]);
    await storage.clear();
    expect(existsSync(join(outside, "secret"))).toBe(true);
  });

  it("keys that some platform cannot hold, or takes for one, collided", async () => {
    const base = temporaryDirectory();
    const keys = [
      "Key",
      "key",
      "\u00e9t\u00e9",
      "e\u0301te\u0301",
      "CON",
      "nul",
      "com1.txt",
      "a.",
      "trail ",
      "a<b>|c*",
    ];
    const storage = open(base);
    await storage.setItems(keys.map((key) => ({ key, value: key })));
    expect((await storage.getItems(keys)).map(({ value }) => value)).toEqual(keys);
    expect((await storage.getKeys()).sort()).toEqual([...keys].sort());

    for (const name of readdirSync(base)) {
      expect(name).not.toMatch(/[. ]$|[<>:"|?*\\]/);
      expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
    }
  });
});
