import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import { testDriver } from "stowage/suite";
import { describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

for (const options of [{}, { atomic: false }]) {
  let base = "";
  testDriver({
    name: `fs ${JSON.stringify(options)}`,
    features: { persistent: true },
    driver() {
      if (!base || !existsSync(base)) base = temporaryDirectory();
      return fs({ base, ...options });
    },
    additionalTests(context) {
      it("stores each key as a file of its own", async () => {
        await context.storage.setItem("s1:a", "test_data");
        expect(readFileSync(join(base, "s1/a"), "utf8")).toBe('{"json":"test_data"}');
        await context.storage.setItemRaw("s1:raw", Buffer.from([0, 255]));
        expect([...readFileSync(join(base, "s1/raw"))]).toEqual([0, 255]);
      });

      it("reads files that others wrote", async () => {
        mkdirSync(join(base, "s1"), { recursive: true });
        writeFileSync(join(base, "s1/random_file"), '{"json":"random"}', "utf8");
        expect(await context.storage.getItem("s1/random_file")).toBe("random");
        expect(await context.storage.getKeys()).toEqual(["s1:random_file"]);
      });

      it("gives native metadata", async () => {
        const before = Date.now() - 2000;
        await context.storage.setItem("s1:a", "test_data");
        const meta = await context.storage.getMeta("s1:a");
        for (const time of [meta.atime, meta.mtime, meta.birthtime, meta.ctime]) {
          expect(time).toBeInstanceOf(Date);
          expect((time as Date).getTime()).toBeGreaterThan(before);
        }
        expect(meta.size).toBe(20);
        expect(context.storage.getMetaSync("s1:a")).toEqual(meta);
      });

      it("gives raw values as Buffer, whatever they were", async () => {
        await context.storage.setItemRaw("raw", "text");
        expect(Buffer.isBuffer(await context.storage.getItemRaw("raw"))).toBe(true);
        expect(Buffer.isBuffer(context.storage.getItemRawSync("raw"))).toBe(true);
      });

      it("leaves nothing but the files of its keys", async () => {
        await context.storage.setItems([
          { key: "a", value: 1 },
          { key: "b", value: 2 },
        ]);
        await context.storage.setItem("a", 3);
        const { readdirSync } = await import("node:fs");
        expect(readdirSync(base).sort()).toEqual(["a", "b"]);
      });
    },
  });
}

describe("options of fs", () => {
  it("base is required", () => {
    expect(() => fs({})).toThrow("Missing required option `base`");
    // @ts-expect-error -- the types require it too.
    expect(() => fs()).toThrow("[fs] Missing required option `base`.");
  });

  it("base may be relative and need not exist", async () => {
    const base = join(temporaryDirectory(), "not", "yet");
    const storage = createStorage({ driver: fs({ base: relative(process.cwd(), base) }) });
    expect(await storage.getKeys()).toEqual([]);
    expect(storage.getKeysSync()).toEqual([]);
    await storage.clear();
    await storage.setItem("a", 1);
    expect(existsSync(join(base, "a"))).toBe(true);
    await storage.dispose();
  });

  it("readOnly ignores every write", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "kept"), '{"json":1}');
    const storage = createStorage({ driver: fs({ base, readOnly: true }) });
    await storage.setItem("new", 1);
    await storage.setItems([{ key: "new", value: 1 }]);
    await storage.setItemRaw("new", "x");
    await storage.removeItem("kept");
    await storage.clear();
    storage.setItemSync("new", 1);
    storage.removeItemSync("kept");
    storage.clearSync();
    expect(await storage.getKeys()).toEqual(["kept"]);
    expect(await storage.getItem("kept")).toBe(1);
  });

  it("noClear ignores clear, and nothing else", async () => {
    const storage = createStorage({ driver: fs({ base: temporaryDirectory(), noClear: true }) });
    await storage.setItem("a", 1);
    await storage.setItem("b", 1);
    await storage.clear();
    storage.clearSync();
    await storage.removeItem("b");
    expect(await storage.getKeys()).toEqual(["a"]);
  });

  it("ignore leaves out node_modules and .git by default", async () => {
    const base = temporaryDirectory();
    for (const path of ["node_modules/x/a", ".git/HEAD", "src/a", "src/node_modules/y"]) {
      mkdirSync(join(base, path, ".."), { recursive: true });
      writeFileSync(join(base, path), "1");
    }
    const listed = createStorage({ driver: fs({ base }) });
    expect(await listed.getKeys()).toEqual(["src:a"]);
    expect(listed.getKeysSync()).toEqual(["src:a"]);
  });

  it("ignore takes globs and functions", async () => {
    const base = temporaryDirectory();
    for (const path of ["a.tmp", "a.txt", "logs/x.log", "logs/y.txt"]) {
      mkdirSync(join(base, path, ".."), { recursive: true });
      writeFileSync(join(base, path), "1");
    }
    const globs = createStorage({ driver: fs({ base, ignore: ["**/*.tmp", "**/logs/**/*.log"] }) });
    expect((await globs.getKeys()).sort()).toEqual(["a.txt", "logs:y.txt"]);
    const asked = createStorage({
      driver: fs({ base, ignore: (path: string) => path.endsWith(".txt") }),
    });
    expect((await asked.getKeys()).sort()).toEqual(["a.tmp", "logs:x.log"]);
  });

  it("of a wrong type or an unknown name are refused by name", () => {
    const base = temporaryDirectory();
    const cases: Array<[string, object]> = [
      ["base", { base: 5 }],
      ["readOnly", { base, readOnly: "yes" }],
      ["noClear", { base, noClear: 1 }],
      ["ignore", { base, ignore: 7 }],
      ["atomic", { base, atomic: "no" }],
      ["bsae", { base, bsae: "x" }],
    ];
    for (const [name, options] of cases) {
      expect(() => fs(options as { base: string }), name).toThrow(
        expect.objectContaining({
          code: "INVALID_OPTION",
          message: expect.stringContaining(name),
        }),
      );
    }
  });

  it("of the watcher with an unknown name are warned about once", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    try {
      const options = {
        base: temporaryDirectory(),
        watchOptions: { binaryInterval: 3, nonsense: true },
      };
      const storage = createStorage({ driver: fs(options as object as { base: string }) });
      const stop = await storage.watch(() => undefined);
      await stop();
      await storage.dispose();
      const texts = warned.mock.calls.map(([warning]) => String(warning));
      expect(texts.filter((text) => text.includes("nonsense"))).toHaveLength(1);
    } finally {
      warned.mockRestore();
    }
  });
});

describe("the fs driver object", () => {
  it("has the name, the flags and the options it was made with", () => {
    const options = { base: temporaryDirectory() };
    const driver = fs(options);
    expect(driver.name).toBe("fs");
    expect(driver.flags).toEqual(expect.objectContaining({ maxDepth: true }));
    expect(driver.options).toEqual(expect.objectContaining({ base: expect.any(String) }));
  });

  it("lists names separated by slashes", async () => {
    const driver = fs({ base: temporaryDirectory() });
    await driver.setItem?.("a:b", "1", {});
    expect(await driver.getKeys("", {})).toEqual(["a/b"]);
    expect(driver.getKeysSync?.("", {})).toEqual(["a/b"]);
  });

  it("lists down to maxDepth itself", async () => {
    const driver = fs({ base: temporaryDirectory() });
    for (const key of ["file0", "depth1:file1", "depth1:depth2:file2"]) {
      await driver.setItem?.(key, "1", {});
    }
    const upTo = async (maxDepth: number) => [...(await driver.getKeys("", { maxDepth }))].sort();
    expect(await upTo(0)).toEqual(["file0"]);
    expect(await upTo(1)).toEqual(["depth1/file1", "file0"]);
    expect(await upTo(2)).toEqual(["depth1/depth2/file2", "depth1/file1", "file0"]);
  });

  it("watches what others do, and names keys by path", async () => {
    const base = temporaryDirectory();
    const driver = fs({ base });
    const seen: string[] = [];
    let wake: () => void = () => undefined;
    const stop = await driver.watch?.((event, key) => {
      seen.push(`${event} ${key}`);
      wake();
    });
    const until = async (event: string) => {
      while (!seen.includes(event)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    mkdirSync(join(base, "s1"));
    writeFileSync(join(base, "s1/random_file"), "random");
    await until("update s1/random_file");
    rmSync(join(base, "s1/random_file"));
    await until("remove s1/random_file");
    await stop?.();
  });

  it("answers every documented method, unbound", async () => {
    const driver = fs({ base: temporaryDirectory() });
    const { setItem, getItem, hasItem, getItemRaw, setItemRaw, getMeta, removeItem, clear } =
      driver;
    await setItem?.("k", "text", {});
    expect(await hasItem("k", {})).toBe(true);
    expect(await getItem("k")).toBe("text");
    await setItemRaw?.("raw", Buffer.from("bytes"), {});
    expect(String(await getItemRaw?.("raw", {}))).toBe("bytes");
    expect((await getMeta?.("k", {}))?.size).toBe(4);
    await removeItem?.("k", {});
    expect(await getItem("k")).toBeNull();
    await clear?.("", {});
    expect(await driver.getKeys("", {})).toEqual([]);
    await driver.dispose?.();
  });
});
