// A storage: its promise side, and what it can do besides reading and writing.
import type { StorageDefinition, StorageItemMap, StorageItemType } from "./definition.js";
import type { Driver } from "./driver.js";
import type { ItemRequest, ItemResult, ItemWrite } from "./items.js";
import type { SyncStorage } from "./storage-sync.js";
import type {
  GetKeysOptions,
  GetMetaOptions,
  MaybeDefined,
  RemoveOptions,
  StorableValue,
  StorageMeta,
  StorageValue,
  TransactionOptions,
  Unwatch,
  WatchCallback,
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
    opts?: TransactionOptions,
  ): Promise<void>;
  setItem<U extends StorableValue>(
    key: T extends StorageDefinition ? never : string,
    value: T extends StorageDefinition ? never : U,
    opts?: TransactionOptions,
  ): Promise<void>;

  /** `setItem` without types, for migrations. */
  _setItemInternal(key: string, value: any, opts?: TransactionOptions): Promise<void>;

  /** Stores several values, in one call of each driver that can. Errors as `setItem`. */
  setItems<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    items: ItemWrite<K, StorageItemType<T, K>>[],
    commonOptions?: TransactionOptions,
  ): Promise<void>;
  setItems<U extends StorableValue>(
    items: T extends StorageDefinition ? never : ItemWrite<string, U>[],
    commonOptions?: TransactionOptions,
  ): Promise<void>;

  /** `setItems` without types, for migrations. */
  _setItemsInternal(
    items: ItemWrite<string, any>[],
    commonOptions?: TransactionOptions,
  ): Promise<void>;

  /**
   * Stores a value as it is: `Uint8Array`, `Buffer` or a string in every driver; what a driver of
   * yours takes, in that. Fails with `INVALID_VALUE` where the driver cannot store it.
   */
  setItemRaw: <V = any>(
    key: string,
    value: MaybeDefined<V>,
    opts?: TransactionOptions,
  ) => Promise<void>;

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

  /** Reports changes of every key, by this storage or by others, until `unwatch`. */
  watch(callback: WatchCallback): Promise<Unwatch>;
  /** Reports changes of the keys under `base`. Keys are reported in full. */
  watch(base: string, callback: WatchCallback): Promise<Unwatch>;
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
