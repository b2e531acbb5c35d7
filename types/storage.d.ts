// A storage: its promise side, and what it can do besides reading and writing.
// @ts-ignore Where the types of Node are not installed, streams are `any`.
import type { Readable, Writable } from "node:stream";
import type { StorageDefinition, StorageItemMap, StorageItemType } from "./definition.js";
import type { Driver } from "./driver.js";
import type { Entries, EntriesOptions } from "./entries.js";
import type { ItemRequest, ItemResult, ItemWrite } from "./items.js";
import type { SyncStorage } from "./storage-sync.js";
import type { Transaction, TransactionLimits } from "./transactions.js";
import type {
  ExpiringWatchCallback,
  GetKeysOptions,
  GetMetaOptions,
  IfAbsentOptions,
  IncrementOptions,
  MaybeDefined,
  MaybePromise,
  ReadStreamOptions,
  RemoveOptions,
  StorableValue,
  StorageMeta,
  StorageValue,
  TransactionOptions,
  Unwatch,
  WatchCallback,
  WatchListenerOptions,
  WriteOptions,
  WriteStreamOptions,
} from "./values.js";

/** A place in a storage and the driver that is mounted there. */
export interface Mount {
  /** Where: empty for the root, otherwise ending in `:`. */
  base: string;
  /** What is mounted there, as it was given. */
  driver: Driver;
}

/**
 * Keys and values, in whatever drivers are mounted.
 *
 * Keys are normalised: `/` and `\` mean `:`, separators at the ends and doubled ones are dropped,
 * and so is everything from `?` on. A key belongs to the mount with the longest matching base.
 *
 * All methods are own properties that need no `this`: take them out, spread them, wrap them.
 *
 * Every method, with or without a promise, fails with a `StorageError`: `INVALID_KEY` for a key
 * with a `..` segment or a NUL, `DISPOSED` after `dispose`, the errno name (`ENOSPC`) when the
 * operating system refused. Other codes are named where they arise.
 */
export interface Storage<T extends StorageValue = StorageValue> extends SyncStorage<T> {
  /** Tells whether the key has a value. */
  hasItem<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    opts?: TransactionOptions,
  ): Promise<boolean>;
  hasItem(key: string, opts?: TransactionOptions): Promise<boolean>;

  /**
   * Gives the value, or `null` for a key without one. The value is the caller's own copy.
   *
   * Fails with `CORRUPT` when what is stored cannot be read back; it is left as it is. With
   * `onCorrupt: "null"` such a value reads as `null`.
   */
  getItem<U extends Extract<T, StorageDefinition>, K extends string & keyof StorageItemMap<U>>(
    key: K,
    opts?: TransactionOptions,
  ): Promise<StorageItemType<T, K> | null>;
  getItem<R = StorageItemType<T, string>>(
    key: string,
    opts?: TransactionOptions,
  ): Promise<R | null>;

  /** Gives several values, one entry per item, in the order asked. Errors as `getItem`. */
  getItems<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    items: ItemRequest<K>[],
    commonOptions?: TransactionOptions,
  ): Promise<ItemResult<K, StorageItemType<T, K>>[]>;
  getItems<U extends StorageValue>(
    items: T extends StorageDefinition ? never : ItemRequest<string>[],
    commonOptions?: TransactionOptions,
  ): Promise<ItemResult<string, U>[]>;

  /** `getItems` without types, for migrations. */
  _getItemsInternal(
    items: ItemRequest<string>[],
    commonOptions?: TransactionOptions,
  ): Promise<{ key: string; value: any }[]>;

  /**
   * Gives what `setItemRaw` stored, undecoded, or `null`: a `Buffer` from fs; from memory the same
   * kind that was given.
   */
  getItemRaw: <V = any>(key: string, opts?: TransactionOptions) => Promise<MaybeDefined<V> | null>;

  /**
   * Stores the value; `undefined` removes the item. When the promise resolves, readers see the new
   * value and watchers of this storage were told. On a read-only driver nothing happens.
   *
   * Fails with `UNSERIALIZABLE`, naming the path, when the value holds something that cannot be
   * stored: a function, a symbol, or an instance of a class without `toJSON`.
   */
  setItem<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    value: StorageItemType<T, K>,
    opts: IfAbsentOptions,
  ): Promise<boolean>;
  setItem<U extends StorableValue>(
    key: T extends StorageDefinition ? never : string,
    value: T extends StorageDefinition ? never : U,
    opts: IfAbsentOptions,
  ): Promise<boolean>;
  setItem<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    value: StorageItemType<T, K>,
    opts?: WriteOptions,
  ): Promise<void>;
  setItem<U extends StorableValue>(
    key: T extends StorageDefinition ? never : string,
    value: T extends StorageDefinition ? never : U,
    opts?: WriteOptions,
  ): Promise<void>;

  /** `setItem` without types, for migrations. */
  _setItemInternal(key: string, value: any, opts?: WriteOptions): Promise<void>;

  /** Stores several values, in one call of each driver that can. Errors as `setItem`. */
  setItems<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    items: ItemWrite<K, StorageItemType<T, K>>[],
    commonOptions?: WriteOptions,
  ): Promise<void>;
  setItems<U extends StorableValue>(
    items: T extends StorageDefinition ? never : ItemWrite<string, U>[],
    commonOptions?: WriteOptions,
  ): Promise<void>;

  /** `setItems` without types, for migrations. */
  _setItemsInternal(items: ItemWrite<string, any>[], commonOptions?: WriteOptions): Promise<void>;

  /**
   * Stores a value as it is: `Uint8Array`, `Buffer` or a string in every driver; what a driver of
   * yours takes, in that. Fails with `INVALID_VALUE` where the driver cannot store it.
   */
  setItemRaw: <V = any>(key: string, value: MaybeDefined<V>, opts?: WriteOptions) => Promise<void>;

  /**
   * Stores `value`, or removes the item if it is `undefined`, only if the key has the value `expected`
   * as `getItem` gives it; `null` is absence. Gives whether it did. Nobody comes in between: natively
   * in drivers with transactions, in others among the calls of this storage.
   *
   * Fails with `CONFLICT` if others kept on writing the same value in other words.
   */
  compareAndSet<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    expected: StorageItemType<T, K> | null | undefined,
    value: StorageItemType<T, K> | undefined,
    opts?: WriteOptions,
  ): Promise<boolean>;
  compareAndSet(
    key: T extends StorageDefinition ? never : string,
    expected: StorableValue,
    value: StorableValue,
    opts?: WriteOptions,
  ): Promise<boolean>;

  /**
   * Adds `by` (default `1`) to the number under the key and gives the sum. The item ends when it would
   * have. Atomic as `compareAndSet` is.
   *
   * Fails with `INVALID_VALUE` if the value is no number, `LIMIT_EXCEEDED` if the sum is out of bounds,
   * and `NOT_SUPPORTED` on a read-only driver.
   */
  increment(key: string, by?: number, opts?: IncrementOptions): Promise<number>;

  /**
   * Stores what `change` makes of the value (`null` if there is none), and gives it; `undefined`
   * removes the item. The item ends when it would have, unless `ttl` says otherwise. `change` is
   * called again if somebody wrote meanwhile; it must not change the same key itself.
   *
   * Fails with `CONFLICT` after 100 tries. Atomic as `compareAndSet` is.
   */
  update<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    change: (
      value: StorageItemType<T, K> | null,
    ) => MaybePromise<StorageItemType<T, K> | undefined>,
    opts?: WriteOptions,
  ): Promise<StorageItemType<T, K> | undefined>;
  update<V extends StorableValue = any>(
    key: T extends StorageDefinition ? never : string,
    change: (value: V | null) => MaybePromise<V | undefined>,
    opts?: WriteOptions,
  ): Promise<V | undefined>;

  /** Removes the item; `true` or `{ removeMeta: true }` removes its metadata too. */
  removeItem<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    opts?: RemoveOptions | boolean,
  ): Promise<void>;
  removeItem(key: string, opts?: RemoveOptions | boolean): Promise<void>;

  /**
   * Gives the metadata of the item, an empty object when there is none; `true` or
   * `{ nativeOnly: true }` gives what the driver knows alone.
   */
  getMeta: (key: string, opts?: GetMetaOptions | boolean) => Promise<StorageMeta>;
  /** Stores metadata for the item, in place of what was stored before. */
  setMeta: (key: string, value: StorageMeta, opts?: TransactionOptions) => Promise<void>;
  /** Removes the metadata that `setMeta` stored. */
  removeMeta: (key: string, opts?: TransactionOptions) => Promise<void>;

  /** Lists the keys under `base` (default: all), in the order of the driver, each once. */
  getKeys: (base?: string, opts?: GetKeysOptions) => Promise<string[]>;
  /** Removes exactly what `getKeys(base)` lists, and its metadata. */
  clear: (base?: string, opts?: TransactionOptions) => Promise<void>;

  /**
   * Goes through items in the order of their keys, which is that of their UTF-8 bytes, across all
   * mounts. Each mount is seen as it was at the first step where its driver has snapshots (memory,
   * sqlite); in others keys as they were then, and values as they are read.
   */
  entries(options: EntriesOptions & { keysOnly: true }): Entries<string>;
  entries<V = StorageItemType<T, string>>(
    options?: EntriesOptions & { keysOnly?: false },
  ): Entries<[key: string, value: V]>;

  /**
   * Runs `run` and then writes everything that it wrote on `tx`, or nothing: `CONFLICT` if somebody
   * changed a key meanwhile that was read or written. What `run` throws ends it, with nothing written.
   *
   * Fails with `TIMEOUT` if it takes too long; with `NOT_SUPPORTED` inside of another transaction of
   * this storage, where a driver has no transactions, and for writes to more than one driver. Nothing
   * is written then, either.
   */
  transaction<R>(
    run: (tx: Transaction<T>) => MaybePromise<R>,
    options?: TransactionLimits,
  ): Promise<R>;

  /**
   * A stream of the bytes of a raw value, as it was when the stream was opened. Ends with an error of
   * code `ENOENT` where there is no value.
   */
  createReadStream: (key: string, options?: ReadStreamOptions) => Readable;
  /**
   * A stream that stores what is written to it as a raw value, in place of the old one, when it
   * finishes. If it is destroyed before, or fails, nothing is stored.
   */
  createWriteStream: (key: string, options?: WriteStreamOptions) => Writable;

  /** Reports changes of every key, by this storage or by others, until `unwatch`. */
  watch(callback: WatchCallback, options?: { expire?: false }): Promise<Unwatch>;
  watch(callback: ExpiringWatchCallback, options: WatchListenerOptions): Promise<Unwatch>;
  /** Reports changes of the keys under `base`. Keys are reported in full. */
  watch(base: string, callback: WatchCallback, options?: { expire?: false }): Promise<Unwatch>;
  watch(
    base: string,
    callback: ExpiringWatchCallback,
    options: WatchListenerOptions,
  ): Promise<Unwatch>;
  /** Ends every watch of this storage. */
  unwatch: () => Promise<void>;

  /**
   * Resolves when everything written under `base` (default: everywhere) before the call is where it
   * belongs. Fails with the error of a queue that could not deliver.
   */
  flush: (base?: string) => Promise<void>;
  /** Ends every watch, flushes, and lets go of every driver. Calling it again does nothing. */
  dispose: () => Promise<void>;

  /**
   * Puts a driver, or another storage, at `base`. It hides what its parent holds there.
   *
   * Throws `ALREADY_MOUNTED` when the place is taken.
   */
  mount: (base: string, driver: Driver) => Storage;
  /** Takes the driver at `base` away, and disposes it unless `dispose` is `false`. */
  unmount: (base: string, dispose?: boolean) => Promise<void>;
  /** Gives the mount that the key belongs to. Default: the root. */
  getMount: (key?: string) => Mount;
  /** Lists the mounts under `base`; with `parents`, also those that `base` itself lies in. */
  getMounts: (base?: string, options?: { parents?: boolean }) => Mount[];

  /**
   * Runs the migrations between the stored version and that of `createStorage`, in order. Each
   * completed step is committed, so that a failed run resumes where it stopped. A stored version
   * above the target is left alone, or refused with `onDowngrade: "error"`.
   */
  migrate: () => Promise<void>;
  /** Gives the stored version, or `null` when none was stored yet. */
  getStorageVersion: () => Promise<number | null>;

  /** `getKeys` by a shorter name. */
  keys: Storage["getKeys"];
  /** `getItem` by a shorter name. */
  get: Storage<T>["getItem"];
  /** `setItem` by a shorter name. */
  set: Storage<T>["setItem"];
  /** `hasItem` by a shorter name. */
  has: Storage<T>["hasItem"];
  /** `removeItem` by a shorter name. */
  del: Storage<T>["removeItem"];
  /** `removeItem` by another name. */
  remove: Storage<T>["removeItem"];
}
