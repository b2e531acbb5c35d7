import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { finished, pipeline } from "node:stream/promises";
import { createStorage, prefixStorage, type Storage } from "stowage";
import fs from "stowage/drivers/fs";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { ALL_STORES } from "./stores.js";

const failure = (code: string, operation: string) =>
  expect.objectContaining({ name: "StorageError", code, operation });
const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7) % 251));

async function rawOf(storage: Storage, key: string) {
  return Buffer.from((await storage.getItemRaw<Uint8Array>(key)) ?? []);
}

function* pieces(bytes: Buffer, size: number) {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

describe.each(ALL_STORES)("streams of %s", (_name, make) => {
  it("carry what is too large for one piece", async () => {
    const storage = createStorage({ driver: make() });
    await pipeline(Readable.from(pieces(LARGE, 7_777)), storage.createWriteStream("large"));
    expect((await rawOf(storage, "large")).equals(LARGE)).toBe(true);
    expect((await buffer(storage.createReadStream("large"))).equals(LARGE)).toBe(true);
    const sizes: number[] = [];
    for await (const piece of storage.createReadStream("large", { highWaterMark: 1000 })) {
      sizes.push(piece.length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(LARGE.length);
  });

  it("store nothing until they finish, and tell watchers once", async () => {
    const storage = createStorage({ driver: make() });
    const told: string[] = [];
    await storage.setItemRaw("a", Buffer.from("old"));
    await storage.watch((event, key) => told.push(`${event} ${key}`));
    const stream = storage.createWriteStream("a");
    await new Promise((resolve) => stream.write("new ", resolve));
    expect((await rawOf(storage, "a")).toString()).toBe("old");
    expect(told).toEqual([]);
    stream.end("value");
    await finished(stream);
    expect(await text(storage.createReadStream("a"))).toBe("new value");
    expect(told).toEqual(["update a"]);
    await storage.unwatch();
  });

  it("store nothing if they are destroyed", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItemRaw("a", Buffer.from("old"));
    const reason = new Error("no");
    const stream = storage.createWriteStream("a");
    await new Promise((resolve) => stream.write("new", resolve));
    stream.destroy(reason);
    await expect(finished(stream)).rejects.toBe(reason);
    expect((await rawOf(storage, "a")).toString()).toBe("old");
    const source = Readable.from(
      (function* () {
        yield Buffer.from("x");
        throw reason;
      })(),
    );
    await expect(pipeline(source, storage.createWriteStream("b"))).rejects.toBe(reason);
    expect(await storage.hasItem("b")).toBe(false);
    expect(await storage.getKeys()).toEqual(["a"]);
  });

  it("read an empty value, and say where there is none", async () => {
    const storage = createStorage({ driver: make() });
    const stream = storage.createWriteStream("empty");
    stream.end();
    await finished(stream);
    expect(await storage.hasItem("empty")).toBe(true);
    expect(await text(storage.createReadStream("empty"))).toBe("");
    await expect(text(storage.createReadStream("none"))).rejects.toEqual(
      failure("ENOENT", "createReadStream"),
    );
  });

  it("stay below the prefix of a view", async () => {
    const storage = createStorage({ driver: make() });
    const view = prefixStorage(storage, "p");
    await pipeline(Readable.from([Buffer.from("x")]), view.createWriteStream("a"));
    expect(await storage.getKeys()).toEqual(["p:a"]);
    expect(await text(view.createReadStream("a"))).toBe("x");
  });

  it("can be left early", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItemRaw("large", LARGE);
    for await (const piece of storage.createReadStream("large", { highWaterMark: 10 })) {
      expect(piece.length).toBe(10);
      break;
    }
    storage.createReadStream("large").destroy();
    expect(await storage.hasItem("large")).toBe(true);
  });

  it("fail as other calls do", async () => {
    const storage = createStorage({ driver: make() });
    await expect(text(storage.createReadStream("a:..:b"))).rejects.toEqual(
      failure("INVALID_KEY", "createReadStream"),
    );
    await expect(finished(storage.createWriteStream("a:..:b"))).rejects.toEqual(
      failure("INVALID_KEY", "createWriteStream"),
    );
    const wrong = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => storage.createReadStream("a", { highWaterMark: 0 })).toThrow(wrong);
    expect(() => storage.createWriteStream("a", { highWaterMark: 1.5 })).toThrow(wrong);
    await storage.dispose();
    await expect(text(storage.createReadStream("a"))).rejects.toEqual(
      failure("DISPOSED", "createReadStream"),
    );
  });
});

describe("streams", () => {
  it("leave no temporary file behind", async () => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: fs({ base }) });
    const stream = storage.createWriteStream("a");
    await new Promise((resolve) => stream.write(LARGE, resolve));
    stream.destroy();
    await finished(stream).catch(() => undefined);
    expect(readdirSync(base)).toEqual([]);
  });
});
