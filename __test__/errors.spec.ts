import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage, type Driver, StorageError } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "./tools/temporary.mjs";

/** Every code that is documented; names of errno codes are documented as a family. */
const CODES =
  `INVALID_KEY INVALID_OPTION MISSING_OPTION INVALID_VALUE INVALID_RETURN UNSERIALIZABLE CORRUPT
  OUTSIDE_BASE SYNC_UNSUPPORTED NOT_SUPPORTED DISPOSED ALREADY_MOUNTED BUSY LIMIT_EXCEEDED DOWNGRADE
  INTERNAL`.split(/\s+/);

/** What a call throws or rejects with. */
async function failureOf(call: () => unknown): Promise<StorageError> {
  try {
    await call();
  } catch (error) {
    return error as StorageError;
  }
  throw new Error("The call did not fail.");
}

describe("StorageError", () => {
  it("is an Error with code, operation, driver, key and cause", async () => {
    const base = temporaryDirectory();
    const storage = createStorage();
    storage.mount("disk", fs({ base }));
    writeFileSync(join(base, "doc"), '{"json":{"cut off');
    const error = await failureOf(() => storage.getItem("/disk/doc"));
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("StorageError");
    expect(error).toMatchObject({
      code: "CORRUPT",
      operation: "getItem",
      driver: "fs",
      key: "disk:doc",
      message: expect.stringMatching(/^\[stowage\]/),
    });
    expect(error.stack).toContain("StorageError");
    expect(error.stack).toContain("errors.spec.ts");
  });

  it("is the same for both forms of a call", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "doc"), "{cut off");
    const storage = createStorage({ driver: fs({ base }) });
    const later = await failureOf(() => storage.getItem("doc"));
    const now = await failureOf(() => storage.getItemSync("doc"));
    expect(now).toBeInstanceOf(StorageError);
    expect(now.code).toBe(later.code);
    expect(now.key).toBe(later.key);
    expect(now.driver).toBe(later.driver);
  });

  it("has the errno name of a failure of the system as its code", async () => {
    const base = join(temporaryDirectory(), "file");
    writeFileSync(base, "a file where the folder should be");
    const storage = createStorage({ driver: fs({ base }) });
    const error = await failureOf(() => storage.setItem("a", 1));
    expect(error).toBeInstanceOf(StorageError);
    expect(["ENOTDIR", "EEXIST"]).toContain(error.code);
    expect(error).toMatchObject({ operation: "setItem", driver: "fs", key: "a" });
    const now = await failureOf(() => storage.setItemSync("a", 1));
    expect(now.code).toBe(error.code);
  });
});

describe("codes", () => {
  const plain: Driver = { hasItem: () => false, getItem: () => null, getKeys: () => [] };
  const cases: Array<[string, string, () => unknown]> = [
    ["INVALID_KEY", "a `..` segment", () => createStorage().setItem("a:..", 1)],
    ["INVALID_KEY", "NUL", () => createStorage().getItemSync("a\0b")],
    ["INVALID_KEY", "not a text", () => createStorage().getItem(5 as unknown as string)],
    ["INVALID_KEY", "too long", () => createStorage().setItem("x".repeat(70_000), 1)],
    ["INVALID_OPTION", "a negative number", () => queue({ driver: memory(), batchSize: -1 })],
    ["INVALID_OPTION", "an unknown name", () => fs({ base: "x", nope: 1 } as { base: string })],
    ["MISSING_OPTION", "fs without base", () => fs({} as { base: string })],
    ["MISSING_OPTION", "queue without driver", () => queue({} as { driver: Driver })],
    [
      "INVALID_VALUE",
      "an object as raw bytes",
      () => createStorage({ driver: fs({ base: temporaryDirectory() }) }).setItemRaw("a", { a: 1 }),
    ],
    [
      "INVALID_RETURN",
      "text for a list of keys",
      () => createStorage({ driver: { ...plain, getKeys: () => "x" as never } }).getKeys(),
    ],
    [
      "UNSERIALIZABLE",
      "a function as value",
      () => createStorage().setItem("a", (() => 1) as never),
    ],
    [
      "SYNC_UNSUPPORTED",
      "no synchronous method",
      () => createStorage({ driver: plain }).getItemSync("a"),
    ],
    [
      "ALREADY_MOUNTED",
      "the same base twice",
      () => createStorage().mount("a", memory()).mount("a", memory()),
    ],
    ["DISPOSED", "after dispose", () => disposed().then((storage) => storage.getItem("a"))],
  ];
  for (const [code, what, call] of cases) {
    it(`${code}: ${what}`, async () => {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(StorageError);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/^\[stowage\] /);
    });
  }

  async function disposed() {
    const storage = createStorage();
    await storage.dispose();
    return storage;
  }

  it("are all in the table of docs/errors.md", () => {
    const table = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
    for (const code of CODES) expect(table, code).toContain(`\`${code}\``);
  });
});

describe("messages", () => {
  it("name the path of what cannot be stored", async () => {
    class Session {}
    const value = { user: { list: [1, new Session()] } };
    const error = await failureOf(() => createStorage().setItem("a", value as never));
    expect(error.message).toMatch(/^\[stowage\] Cannot stringify value!/);
    expect(error.message).toContain("user.list");
    expect(error.message).toContain("1");
    expect(error.key).toBe("a");
  });

  it("say which driver has no synchronous form of what", async () => {
    const driver: Driver = { hasItem: () => false, getItem: () => null, getKeys: () => [] };
    const storage = createStorage({ driver: queue({ driver }) });
    const calls: Array<[string, () => unknown]> = [
      ["getItem", () => storage.getItemSync("a")],
      ["setItem", () => storage.setItemSync("a", 1)],
      ["hasItem", () => storage.hasItemSync("a")],
      ["removeItem", () => storage.removeItemSync("a")],
      ["getKeys", () => storage.getKeysSync()],
      ["clear", () => storage.clearSync()],
      ["getItemRaw", () => storage.getItemRawSync("a")],
      ["setItemRaw", () => storage.setItemRawSync("a", "x")],
    ];
    for (const [operation, call] of calls) {
      const error = await failureOf(call);
      expect(error.code, operation).toBe("SYNC_UNSUPPORTED");
      expect(error.message).toContain(`does not support synchronous ${operation} operation`);
    }
    await storage.dispose();
  });

  it("never contain the value", async () => {
    const secret = "hunter2";
    const base = temporaryDirectory();
    const storage = createStorage({ driver: fs({ base }) });
    for (const text of [secret, `{"json":"${secret}`, `{"password":${secret}}`]) {
      writeFileSync(join(base, "doc"), text);
      const error = await failureOf(() => storage.getItem("doc"));
      expect(error.code).toBe("CORRUPT");
      expect(error.message).not.toContain(secret);
    }
  });
});
