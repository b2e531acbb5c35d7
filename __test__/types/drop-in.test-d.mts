// What compiles against the predecessor compiles against us: its types, placed side by side.
import type * as theirs from "electron-async-storage";
import type { FSStorageOptions as TheirFSOptions } from "electron-async-storage/drivers/fs";
import type { FSStorageOptions as TheirFSLiteOptions } from "electron-async-storage/drivers/fs-lite";
import type { QueueDriverOptions as TheirQueueOptions } from "electron-async-storage/drivers/queue";
import type * as ours from "stowage";
import type { FSStorageOptions } from "stowage/drivers/fs";
import type { FSStorageOptions as FSLiteOptions } from "stowage/drivers/fs-lite";
import type { QueueDriverOptions } from "stowage/drivers/queue";
import { describe, expectTypeOf, test } from "vitest";

type Definition = { items: { theme: "dark" | "light"; volume: number } };

/** Their watch options have names that make no sense here; those are refused on purpose. */
type Kept<T> = Omit<T, "watchOptions">;

describe("types of the predecessor", () => {
  test("that are the same", () => {
    expectTypeOf<ours.StorageValue>().toEqualTypeOf<theirs.StorageValue>();
    expectTypeOf<ours.WatchEvent>().toEqualTypeOf<theirs.WatchEvent>();
    expectTypeOf<ours.WatchCallback>().toEqualTypeOf<theirs.WatchCallback>();
    expectTypeOf<ours.Unwatch>().toEqualTypeOf<theirs.Unwatch>();
    // Ours also says what type `expires` has.
    expectTypeOf<ours.StorageMeta>().toExtend<theirs.StorageMeta>();
    expectTypeOf<theirs.StorageMeta>().toExtend<ours.StorageMeta>();
    expectTypeOf<ours.TransactionOptions>().toEqualTypeOf<theirs.TransactionOptions>();
    expectTypeOf<ours.DriverFlags>().toEqualTypeOf<theirs.DriverFlags>();
    expectTypeOf<ours.QueueOptions>().toEqualTypeOf<theirs.QueueOptions>();
    expectTypeOf<ours.Snapshot>().toEqualTypeOf<theirs.Snapshot>();
  });

  test("that have grown", () => {
    expectTypeOf<theirs.BuiltinDriverName>().toExtend<ours.BuiltinDriverName>();
    expectTypeOf<keyof theirs.BuiltinDriverOptions>().toExtend<keyof ours.BuiltinDriverOptions>();
  });

  test("drivers fit both ways", () => {
    expectTypeOf<theirs.Driver>().toExtend<ours.Driver>();
    expectTypeOf<ours.Driver>().toExtend<theirs.Driver>();
  });

  test("a storage of ours fits where one of theirs was", () => {
    expectTypeOf<ours.Storage>().toExtend<theirs.Storage>();
    expectTypeOf<ours.Storage<Definition>>().toExtend<theirs.Storage<Definition>>();
    expectTypeOf<ours.Storage<string>>().toExtend<theirs.Storage<string>>();
  });

  test("their options fit", () => {
    expectTypeOf<theirs.GetKeysOptions>().toExtend<ours.GetKeysOptions>();
    expectTypeOf<theirs.CreateStorageOptions["version"]>().toEqualTypeOf<
      ours.CreateStorageOptions["version"]
    >();
    expectTypeOf<keyof theirs.CreateStorageOptions>().toExtend<keyof ours.CreateStorageOptions>();
    expectTypeOf<Kept<TheirFSOptions>>().toExtend<FSStorageOptions>();
    expectTypeOf<TheirFSLiteOptions>().toExtend<FSLiteOptions>();
    expectTypeOf<TheirQueueOptions>().toExtend<QueueDriverOptions>();
  });

  test("their migrations run on a storage of ours", () => {
    expectTypeOf<theirs.MigrationFunction>().toExtend<ours.MigrationFunction>();
    expectTypeOf<theirs.MigrationOptions>().toExtend<ours.MigrationOptions>();
    expectTypeOf<theirs.MigrationHooks>().toExtend<ours.MigrationHooks>();
  });

  test("functions can be called as theirs were", () => {
    expectTypeOf<typeof ours.createStorage>().toExtend<typeof theirs.createStorage>();
    expectTypeOf<Parameters<typeof theirs.restoreSnapshot>[1]>().toExtend<
      Parameters<typeof ours.restoreSnapshot>[1]
    >();
    expectTypeOf<typeof ours.normalizeKey>().toEqualTypeOf<typeof theirs.normalizeKey>();
    expectTypeOf<typeof ours.joinKeys>().toEqualTypeOf<typeof theirs.joinKeys>();
    expectTypeOf<typeof ours.normalizeBaseKey>().toEqualTypeOf<typeof theirs.normalizeBaseKey>();
    expectTypeOf<typeof ours.filterKeyByBase>().toEqualTypeOf<typeof theirs.filterKeyByBase>();
    expectTypeOf<typeof ours.filterKeyByDepth>().toEqualTypeOf<typeof theirs.filterKeyByDepth>();
    // Seen from an ES module their CommonJS declarations have a `default` beside the names.
    expectTypeOf<Exclude<keyof typeof theirs, "default">>().toExtend<keyof typeof ours>();
  });
});
