// Everything that can grow has a bound, and an error that names it.
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import memoryDriver from "stowage/drivers/memory";
import queueDriver from "stowage/drivers/queue";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const limit = (number) => ({
  code: "LIMIT_EXCEEDED",
  message: expect.stringContaining(`${number}`),
});

describe("bounds", () => {
  it("of the queue: writers wait, and no more than maxQueueSize is held", async () => {
    const driver = queueDriver({ driver: memoryDriver(), maxQueueSize: 50, batchSize: 10 });
    const storage = createStorage({ driver });
    const context = driver.getInstance();
    let most = 0;
    const writes = Array.from({ length: 2000 }, (_, at) => {
      const written = storage.setItem(`k${at}`, at);
      most = Math.max(most, context.queue.size);
      return written;
    });
    await Promise.all(writes);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(50);
    await storage.dispose();
  });

  it("of listeners: the 10,001st is refused", async () => {
    const storage = createStorage();
    for (let count = 0; count < 10_000; count++) await storage.watch(() => undefined);
    await expect(storage.watch(() => undefined)).rejects.toMatchObject(limit(10000));
    await storage.unwatch();
    await storage.watch(() => undefined);
    await storage.dispose();
  });

  it("of mounts: the one too many is refused", () => {
    const storage = createStorage();
    const driver = memoryDriver();
    expect(() => {
      for (let count = 0; count < 5000; count++) storage.mount(`m${count}`, driver);
    }).toThrow(expect.objectContaining(limit(4096)));
  });

  it("of a value on fs: 512 MiB, read and written", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "k"), "");
    truncateSync(join(base, "k"), 512 * 2 ** 20 + 1);
    const storage = createStorage({ driver: fsDriver({ base }) });
    await expect(storage.getItemRaw("k")).rejects.toMatchObject(limit(512 * 2 ** 20));
    // Memory that is reserved, and never touched.
    const large = Buffer.alloc(512 * 2 ** 20 + 1);
    await expect(storage.setItemRaw("k", large)).rejects.toMatchObject(limit(512 * 2 ** 20));
    await storage.clear();
    await storage.dispose();
  });

  it("of globs: their number and their length", () => {
    const base = temporaryDirectory();
    const refusal = (number) =>
      expect.objectContaining({
        code: "INVALID_OPTION",
        message: expect.stringContaining(`${number}`),
      });
    const many = Array.from({ length: 1001 }, () => "a");
    expect(() => fsDriver({ base, ignore: many })).toThrow(refusal(1000));
    expect(() => fsDriver({ base, ignore: ["a".repeat(4097)] })).toThrow(refusal(4096));
  });

  it("of the options of a queue: what a JavaScript Map and a timer hold", () => {
    const driver = memoryDriver();
    for (const options of [
      { maxQueueSize: 2 ** 24 + 1 },
      { batchSize: 2 ** 24 + 1 },
      { flushInterval: 2 ** 31 },
    ]) {
      expect(() => queueDriver({ driver, ...options })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION" }),
      );
    }
  });
});
