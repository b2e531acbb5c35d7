import type { Stats } from "node:fs";
import type { Driver, StorageError } from "stowage";
import fsDriver, { type FSStorageMeta, type FSStorageOptions } from "stowage/drivers/fs";
import fsLiteDriver, { type FSStorageOptions as FSLiteOptions } from "stowage/drivers/fs-lite";
import memoryDriver from "stowage/drivers/memory";
import queueDriver, {
  flushQueue,
  type QueueContext,
  type QueueDriverOptions,
} from "stowage/drivers/queue";
import sqliteDriver, {
  type SqliteDriverOptions,
  type SqliteStorageMeta,
} from "stowage/drivers/sqlite";
import {
  createError,
  createRequiredError,
  defineDriver,
  joinKeys,
  normalizeKey,
} from "stowage/drivers/utils";
import { describe, expectTypeOf, test } from "vitest";

describe("memory", () => {
  test("gives a map", () => {
    expectTypeOf(memoryDriver()).toEqualTypeOf<Driver<void, Map<string, any>>>();
    expectTypeOf(memoryDriver().getInstance!().size).toBeNumber();
    // @ts-expect-error it has no options
    memoryDriver({ base: "x" });
  });
});

describe("sqlite", () => {
  test("takes its documented options", () => {
    sqliteDriver({ path: "data.db" });
    sqliteDriver({
      path: ":memory:",
      table: "kv",
      readOnly: false,
      durability: "power",
      cacheBytes: 0,
      busyTimeout: 100,
      maxValueBytes: 1000,
      sweepInterval: 1000,
    } satisfies SqliteDriverOptions);
    // @ts-expect-error the path is required
    sqliteDriver({});
    // @ts-expect-error there are two
    sqliteDriver({ path: "data.db", durability: "sometimes" });
  });

  test("tells when an item was made", () => {
    expectTypeOf<SqliteStorageMeta["birthtime"]>().toEqualTypeOf<Date>();
    expectTypeOf<SqliteStorageMeta["size"]>().toEqualTypeOf<number>();
  });
});

describe("fs", () => {
  test("takes its documented options", () => {
    const options: FSStorageOptions = {
      base: "./data",
      ignore: ["**/*.tmp"],
      readOnly: false,
      noClear: true,
      atomic: false,
      durability: "power",
      watchOptions: {
        ignored: [/^\./, "**/*.log", (path) => path.endsWith("~")],
        ignoreInitial: false,
        persistent: true,
        depth: 2,
        usePolling: true,
        interval: 50,
        awaitWriteFinish: { stabilityThreshold: 100, pollInterval: 10 },
        atomic: 100,
        followSymlinks: false,
        ignorePermissionErrors: true,
        cwd: ".",
      },
    };
    expectTypeOf(fsDriver(options)).toExtend<Driver>();
    fsDriver({ base: "x", ignore: (path) => path.includes("y") });
    fsDriver({ base: "x", watchOptions: { awaitWriteFinish: true, atomic: true } });
  });

  test("takes an ignore function written for Node's Stats", () => {
    const ignored = (path: string, stats?: Stats) => stats?.isFile() === true && path.length > 9;
    fsDriver({ base: "x", watchOptions: { ignored } });
    fsDriver({
      base: "x",
      watchOptions: { ignored: (_path, stats) => stats?.isDirectory() ?? false },
    });
  });

  test("refuses unknown names and values", () => {
    // @ts-expect-error no such option of a watch
    fsDriver({ base: "x", watchOptions: { ignoreInitially: true } });
    // @ts-expect-error no such option
    fsDriver({ base: "x", durable: true });
    // @ts-expect-error no such level
    fsDriver({ base: "x", durability: "disk" });
  });

  test("describes its metadata", () => {
    expectTypeOf<FSStorageMeta["birthtime"]>().toEqualTypeOf<Date>();
    expectTypeOf<FSStorageMeta["size"]>().toEqualTypeOf<number>();
  });
});

describe("fs-lite", () => {
  test("takes a function to ignore, and no watch options", () => {
    const options: FSLiteOptions = { base: "./data", ignore: (path) => path.endsWith(".tmp") };
    expectTypeOf(fsLiteDriver(options)).toExtend<Driver>();
    // @ts-expect-error it does not watch
    fsLiteDriver({ base: "x", watchOptions: {} });
    // @ts-expect-error globs are for fs
    fsLiteDriver({ base: "x", ignore: ["**/*.tmp"] });
  });
});

describe("queue", () => {
  const options: QueueDriverOptions = {
    driver: memoryDriver(),
    batchSize: 10,
    flushInterval: 20,
    maxQueueSize: 30,
    mergeUpdates: false,
    onError: (error: StorageError) => expectTypeOf(error.code).toBeString(),
  };
  const driver = queueDriver(options);

  test("shows its state", () => {
    expectTypeOf(driver).toEqualTypeOf<Driver<QueueDriverOptions, QueueContext>>();
    const context = driver.getInstance!();
    expectTypeOf(context.queue.size).toBeNumber();
    expectTypeOf(context.queue.get("a")?.type).toEqualTypeOf<"set" | "remove" | undefined>();
    expectTypeOf(context.flushing).toBeBoolean();
    expectTypeOf(context.disposed).toBeBoolean();
    expectTypeOf(flushQueue(context)).resolves.toBeVoid();
  });

  test("tells failures that may be those of another driver", () => {
    queueDriver({
      driver: memoryDriver(),
      onError: (error) => expectTypeOf(error).toEqualTypeOf<Error>(),
    });
    expectTypeOf(driver.getInstance!().lastError).toEqualTypeOf<Error | undefined>();
  });

  test("needs a driver", () => {
    // @ts-expect-error the driver is missing
    queueDriver({ batchSize: 10 });
  });
});

describe("utils", () => {
  test("serve those who write drivers", () => {
    expectTypeOf(normalizeKey("a", "/")).toBeString();
    expectTypeOf(normalizeKey(undefined)).toBeString();
    expectTypeOf(joinKeys("a", "b")).toBeString();
    expectTypeOf(createError("mine", "no", { cause: 1 })).toExtend<Error>();
    expectTypeOf(createError("mine", "no", { code: "ETIMEDOUT", key: "k" }).code).toBeString();
    // @ts-expect-error not a documented code
    createError("mine", "no", { code: "timeout" });
    expectTypeOf(createRequiredError("mine", ["a", "b"])).toEqualTypeOf<StorageError>();
    expectTypeOf(defineDriver).toBeFunction();
    // @ts-expect-error no such separator
    normalizeKey("a", "-");
  });
});
