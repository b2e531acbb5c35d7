import { createStorage, type MigrationHooks, type Storage } from "stowage";
import memory from "stowage/drivers/memory";
import { describe, expect, it, vi } from "vitest";

const VERSION_KEY = "__storage_version__";

/** Migrations 1..n that note their turn. */
function steps(count: number, log: number[], failing?: { at: number; error: unknown }) {
  const entries = Array.from({ length: count }, (_, n) => {
    const version = n + 1;
    const step = async () => {
      if (failing?.at === version) throw failing.error;
      log.push(version);
    };
    return [version, step] as const;
  });
  return Object.fromEntries(entries);
}

describe("migrate", () => {
  it("runs every step up to the version, in order, once", async () => {
    const log: number[] = [];
    const storage = createStorage({ version: 12, migrations: steps(15, log) });
    expect(await storage.getStorageVersion()).toBeNull();
    await storage.migrate();
    expect(log).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await storage.getStorageVersion()).toBe(12);
    expect(await storage.getItem(VERSION_KEY)).toBe(12);
    await storage.migrate();
    expect(log).toHaveLength(12);
  });

  it("runs only what is newer than the stored version, and may skip numbers", async () => {
    const driver = memory();
    const before = createStorage({ driver });
    await before.setItem(VERSION_KEY, 2);
    const log: number[] = [];
    const all = steps(5, log);
    delete all[4];
    const storage = createStorage({ driver, version: 5, migrations: all });
    await storage.migrate();
    expect(log).toEqual([3, 5]);
    expect(await storage.getStorageVersion()).toBe(5);
  });

  it("gives each step the storage", async () => {
    const storage = createStorage({
      version: 1,
      migrations: {
        1: async (given: Storage) => {
          const users = await given._getItemsInternal(["user:1"]);
          await given._setItemsInternal(
            users.map(({ key, value }) => ({
              key,
              value: { ...(value as object), role: "member" },
            })),
          );
          await given.removeItem("old");
        },
      },
    });
    await storage.setItem("user:1", { name: "Ann" });
    await storage.setItem("old", 1);
    await storage.migrate();
    expect(await storage.getItem("user:1")).toEqual({ name: "Ann", role: "member" });
    expect(await storage.hasItem("old")).toBe(false);
  });

  it("does nothing without a version or without migrations", async () => {
    const log: number[] = [];
    for (const options of [{}, { version: 3 }, { migrations: steps(3, log) }]) {
      const storage = createStorage(options);
      await storage.migrate();
      expect(await storage.getStorageVersion()).toBeNull();
    }
    expect(log).toEqual([]);
  });

  it("stops at a failing step, keeps what was done, and resumes there", async () => {
    const driver = memory();
    const log: number[] = [];
    const error = new Error("step 3 broke");
    const broken = createStorage({
      driver,
      version: 4,
      migrations: steps(4, log, { at: 3, error }),
    });
    await expect(broken.migrate()).rejects.toBe(error);
    expect(log).toEqual([1, 2]);
    expect(await broken.getStorageVersion()).toBe(2);

    const mended = createStorage({ driver, version: 4, migrations: steps(4, log) });
    await mended.migrate();
    expect(log).toEqual([1, 2, 3, 4]);
    expect(await mended.getStorageVersion()).toBe(4);
  });

  it("calls the hooks with the versions of the run and the storage", async () => {
    const hooks = { beforeMigration: vi.fn(), afterMigration: vi.fn(), onMigrationError: vi.fn() };
    const storage = createStorage({
      version: 3,
      migrations: steps(3, []),
      migrationHooks: hooks as MigrationHooks,
    });
    await storage.setItem(VERSION_KEY, 1);
    await storage.migrate();
    expect(hooks.beforeMigration).toHaveBeenCalledExactlyOnceWith(1, 3, storage);
    expect(hooks.afterMigration).toHaveBeenCalledExactlyOnceWith(1, 3, storage);
    expect(hooks.onMigrationError).not.toHaveBeenCalled();
    await storage.migrate();
    expect(hooks.beforeMigration).toHaveBeenCalledOnce();
  });

  it("calls the error hook with the versions of the run, then rejects with the error", async () => {
    const hooks = { afterMigration: vi.fn(), onMigrationError: vi.fn() };
    const error = new Error("broke");
    const storage = createStorage({
      version: 3,
      migrations: steps(3, [], { at: 2, error }),
      migrationHooks: hooks as MigrationHooks,
    });
    await expect(storage.migrate()).rejects.toBe(error);
    expect(hooks.onMigrationError).toHaveBeenCalledExactlyOnceWith(error, 0, 3, storage);
    expect(hooks.afterMigration).not.toHaveBeenCalled();
  });

  it("gives the error hook an Error also when something else was thrown", async () => {
    const onMigrationError = vi.fn();
    const storage = createStorage({
      version: 1,
      migrations: steps(1, [], { at: 1, error: "only text" }),
      migrationHooks: { onMigrationError },
    });
    await expect(storage.migrate()).rejects.toBe("only text");
    expect(onMigrationError.mock.calls[0]?.[0]).toBeInstanceOf(Error);
    expect(onMigrationError.mock.calls[0]?.[0].message).toBe("only text");
  });

  it("leaves a newer stored version alone, or refuses it when asked", async () => {
    const driver = memory();
    await createStorage({ driver }).setItem(VERSION_KEY, 9);
    const log: number[] = [];
    const tolerant = createStorage({ driver, version: 3, migrations: steps(3, log) });
    await tolerant.migrate();
    expect(await tolerant.getStorageVersion()).toBe(9);
    const strict = createStorage({
      driver,
      version: 3,
      migrations: steps(3, log),
      onDowngrade: "error",
    });
    await expect(strict.migrate()).rejects.toMatchObject({ code: "DOWNGRADE" });
    expect(log).toEqual([]);
  });
});
