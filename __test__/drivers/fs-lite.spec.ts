import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fsLite from "stowage/drivers/fs-lite";
import { testDriver } from "stowage/suite";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

let base = "";

testDriver({
  name: "fs-lite",
  features: { persistent: true },
  driver() {
    if (!base || !existsSync(base)) base = temporaryDirectory();
    return fsLite({ base });
  },
});

describe("fs-lite", () => {
  it("requires base", () => {
    expect(() => fsLite({})).toThrow("[fs-lite] Missing required option `base`.");
  });

  it("does not watch the disk but reports what is done through it", async () => {
    const driver = fsLite({ base: temporaryDirectory() });
    expect(driver.name).toBe("fs-lite");
    expect(driver.watch).toBeUndefined();
    const storage = createStorage({ driver });
    const events: string[] = [];
    await storage.watch((event, key) => events.push(`${event} ${key}`));
    await storage.setItem("a", 1);
    expect(events).toEqual(["update a"]);
    await storage.dispose();
  });

  it("asks its ignore function about names", async () => {
    const folderBase = temporaryDirectory();
    mkdirSync(join(folderBase, "temp"));
    for (const path of ["a.tmp", "a.txt", "temp/x"]) writeFileSync(join(folderBase, path), "1");
    const storage = createStorage({
      driver: fsLite({
        base: folderBase,
        ignore: (path) => path.endsWith(".tmp") || path.endsWith("temp"),
      }),
    });
    expect(await storage.getKeys()).toEqual(["a.txt"]);
    expect(storage.getKeysSync()).toEqual(["a.txt"]);
  });

  it("passes a failure of the ignore function on", async () => {
    const folderBase = temporaryDirectory();
    writeFileSync(join(folderBase, "a"), "1");
    const failure = new Error("cannot decide");
    const ignore = () => {
      throw failure;
    };
    const storage = createStorage({ driver: fsLite({ base: folderBase, ignore }) });
    await expect(storage.getKeys()).rejects.toBe(failure);
    expect(() => storage.getKeysSync()).toThrow(failure);
  });

  it("ignores writes when readOnly", async () => {
    const storage = createStorage({
      driver: fsLite({ base: temporaryDirectory(), readOnly: true }),
    });
    await storage.setItem("a", 1);
    expect(await storage.getKeys()).toEqual([]);
  });
});
