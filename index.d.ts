// What `stowage` exports. Each concept has its own file under types/.
import type { DriverFactory } from "./types/driver.js";
import type { FSLiteStorageOptions, FSStorageOptions } from "./types/options-fs.js";
import type { QueueDriverOptions } from "./types/options-queue.js";
import type { SqliteDriverOptions } from "./types/options-sqlite.js";
import type { CreateStorageOptions } from "./types/options-storage.js";
import type { Storage } from "./types/storage.js";
import type { Snapshot, StorageValue } from "./types/values.js";

export type { StorageDefinition, StorageItemMap, StorageItemType } from "./types/definition.js";
export type { Driver, DriverFactory, DriverFlags } from "./types/driver.js";
export type { Entries, EntriesOptions } from "./types/entries.js";
export type { StorageErrorCode, StorageErrorFields } from "./types/errors.js";
export { StorageError } from "./types/errors.js";
export type { ItemRequest, ItemResult, ItemWrite } from "./types/items.js";
export type { MigrationFunction, MigrationHooks, MigrationOptions } from "./types/migrations.js";
export type { FSStorageMeta, WatchOptions } from "./types/options-fs.js";
export type { QueueOptions } from "./types/options-queue.js";
export type { SqliteDriverOptions, SqliteStorageMeta } from "./types/options-sqlite.js";
export type { CreateStorageOptions } from "./types/options-storage.js";
export type { Mount, Storage } from "./types/storage.js";
export type { SyncStorage } from "./types/storage-sync.js";
export type { SyncTransaction, Transaction, TransactionLimits } from "./types/transactions.js";
export type {
  ExpiringWatchCallback,
  ExpiringWatchEvent,
  GetKeysOptions,
  GetMetaOptions,
  IfAbsentOptions,
  IncrementOptions,
  MaybeDefined,
  MaybePromise,
  ReadStreamOptions,
  RemoveOptions,
  Snapshot,
  StorableValue,
  StorageMeta,
  StorageValue,
  TransactionOptions,
  Unwatch,
  WatchCallback,
  WatchEvent,
  WatchListenerOptions,
  WriteOptions,
  WriteStreamOptions,
} from "./types/values.js";

/**
 * Makes a storage.
 *
 * Give it a definition to have each key typed:
 * `createStorage<{ items: { theme: "dark" | "light" } }>()`.
 *
 * Throws a `StorageError` with code `INVALID_OPTION` for an option of a wrong type or an unknown
 * name.
 */
export declare function createStorage<T extends StorageValue>(
  options?: CreateStorageOptions<T>,
): Storage<T>;

/**
 * Gives a view of a part of a storage: every method, with and without promises, works on the keys
 * under `base` and leaves `base` out of the keys it gives.
 *
 * The view is no owner: its `dispose` disposes the storage that it shows.
 */
export declare function prefixStorage<T extends StorageValue>(
  storage: Storage<T> | Storage<any>,
  base: string,
): Storage<T>;

/** Reads every value under `base`, by key without `base`. Metadata is left out. */
export declare function snapshot<V = string>(
  storage: Storage<any>,
  base: string,
): Promise<Snapshot<V>>;

/** Writes the values of a snapshot under `base` (default: the root). Other keys are left alone. */
export declare function restoreSnapshot(
  storage: Storage<any>,
  snapshot: Snapshot<StorageValue>,
  base?: string,
): Promise<void>;

/** Gives the factory back, typed: a frame for writing drivers. */
export declare function defineDriver<OptionsT = any, InstanceT = never>(
  factory: DriverFactory<OptionsT, InstanceT>,
): DriverFactory<OptionsT, InstanceT>;

/** The names of the drivers that come with Stowage. */
export type BuiltinDriverName = "fs-lite" | "fsLite" | "fs" | "memory" | "queue" | "sqlite";

/** The options of the drivers that come with Stowage and have options. */
export type BuiltinDriverOptions = {
  "fs-lite": FSLiteStorageOptions;
  fsLite: FSLiteStorageOptions;
  fs: FSStorageOptions;
  queue: QueueDriverOptions;
  sqlite: SqliteDriverOptions;
};

/** The drivers that come with Stowage: what to import, by name. */
export declare const builtinDrivers: {
  readonly "fs-lite": "stowage/drivers/fs-lite";
  readonly fsLite: "stowage/drivers/fs-lite";
  readonly fs: "stowage/drivers/fs";
  readonly memory: "stowage/drivers/memory";
  readonly queue: "stowage/drivers/queue";
  readonly sqlite: "stowage/drivers/sqlite";
};

/**
 * Gives the form in which a key is stored: `/` and `\` become `:`, separators at the ends and
 * doubled ones go, and so does everything from `?` on. Nothing gives the empty key.
 */
export declare function normalizeKey(key?: string): string;

/** Joins the parts to one normalised key. Empty parts are left out. */
export declare function joinKeys(...keys: string[]): string;

/** Gives the form of a base: a normalised key that ends in `:`, or the empty string for the root. */
export declare function normalizeBaseKey(base?: string): string;

/** Tells whether the key has at most `depth` separators. Without a depth, every key has. */
export declare function filterKeyByDepth(key: string, depth: number | undefined): boolean;

/** Tells whether the key lies under `base` (default: all do) and is no metadata key. */
export declare function filterKeyByBase(key: string, base: string | undefined): boolean;
