// The side of a storage that answers without promises.
import type { StorageDefinition, StorageItemMap, StorageItemType } from "./definition.js";
import type { ItemRequest, ItemResult, ItemWrite } from "./items.js";
import type { SyncTransaction, TransactionLimits } from "./transactions.js";
import type {
  GetKeysOptions,
  GetMetaOptions,
  IfAbsentOptions,
  IncrementOptions,
  MaybeDefined,
  RemoveOptions,
  StorableValue,
  StorageMeta,
  StorageValue,
  TransactionOptions,
  WriteOptions,
} from "./values.js";

/**
 * The methods that do their work before they return. Each does what its namesake in `Storage` does
 * and takes part in the same order of operations; input and output block the thread meanwhile.
 *
 * Throws `SYNC_UNSUPPORTED` where the driver has no synchronous form of the operation, and `BUSY`
 * where the answer would have to wait for a promise that needs this thread.
 */
export interface SyncStorage<T extends StorageValue = StorageValue> {
  /** Tells whether the key has a value. */
  hasItemSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    opts?: TransactionOptions,
  ): boolean;
  hasItemSync(key: string, opts?: TransactionOptions): boolean;

  /** Gives the value, or `null` for a key without one. Throws `CORRUPT` as `getItem` does. */
  getItemSync<U extends Extract<T, StorageDefinition>, K extends string & keyof StorageItemMap<U>>(
    key: K,
    opts?: TransactionOptions,
  ): StorageItemType<T, K> | null;
  getItemSync<R = StorageItemType<T, string>>(key: string, opts?: TransactionOptions): R | null;

  /** Gives several values, one entry per item, in the order asked. */
  getItemsSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    items: ItemRequest<K>[],
    commonOptions?: TransactionOptions,
  ): ItemResult<K, StorageItemType<T, K>>[];
  getItemsSync<U extends StorageValue>(
    items: T extends StorageDefinition ? never : ItemRequest<string>[],
    commonOptions?: TransactionOptions,
  ): ItemResult<string, U>[];

  /** Gives what `setItemRaw` stored, undecoded, or `null`. */
  getItemRawSync: <V = any>(key: string, opts?: TransactionOptions) => MaybeDefined<V> | null;

  /**
   * Stores the value; `undefined` removes the item. Throws `UNSERIALIZABLE` as `setItem` does, and
   * `SYNC_UNSUPPORTED` on a driver without `setItemSync`, also when it is read-only.
   */
  setItemSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    value: StorageItemType<T, K>,
    opts: IfAbsentOptions,
  ): boolean;
  setItemSync<U extends StorableValue>(
    key: T extends StorageDefinition ? never : string,
    value: T extends StorageDefinition ? never : U,
    opts: IfAbsentOptions,
  ): boolean;
  setItemSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    value: StorageItemType<T, K>,
    opts?: WriteOptions,
  ): void;
  setItemSync<U extends StorableValue>(
    key: T extends StorageDefinition ? never : string,
    value: T extends StorageDefinition ? never : U,
    opts?: WriteOptions,
  ): void;

  /** Stores several values. Errors as `setItemSync`. */
  setItemsSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    items: ItemWrite<K, StorageItemType<T, K>>[],
    commonOptions?: WriteOptions,
  ): void;
  setItemsSync<U extends StorableValue>(
    items: T extends StorageDefinition ? never : ItemWrite<string, U>[],
    commonOptions?: WriteOptions,
  ): void;

  /** Stores a value as it is. Errors as `setItemRaw`. */
  setItemRawSync: <V = any>(key: string, value: MaybeDefined<V>, opts?: WriteOptions) => void;

  /** `compareAndSet` that answers now. */
  compareAndSetSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    expected: StorageItemType<T, K> | null | undefined,
    value: StorageItemType<T, K> | undefined,
    opts?: WriteOptions,
  ): boolean;
  compareAndSetSync(
    key: T extends StorageDefinition ? never : string,
    expected: StorableValue,
    value: StorableValue,
    opts?: WriteOptions,
  ): boolean;

  /** `increment` that answers now. */
  incrementSync(key: string, by?: number, opts?: IncrementOptions): number;

  /** `update` that answers now. Throws `NOT_SUPPORTED` for a function that returns a promise. */
  updateSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    change: (value: StorageItemType<T, K> | null) => StorageItemType<T, K> | undefined,
    opts?: WriteOptions,
  ): StorageItemType<T, K> | undefined;
  updateSync<V extends StorableValue = any>(
    key: T extends StorageDefinition ? never : string,
    change: (value: V | null) => V | undefined,
    opts?: WriteOptions,
  ): V | undefined;

  /** Removes the item; `true` or `{ removeMeta: true }` removes its metadata too. */
  removeItemSync<U extends Extract<T, StorageDefinition>, K extends keyof StorageItemMap<U>>(
    key: K,
    opts?: RemoveOptions | boolean,
  ): void;
  removeItemSync(key: string, opts?: RemoveOptions | boolean): void;

  /** Gives the metadata of the item, an empty object when there is none. */
  getMetaSync: (key: string, opts?: GetMetaOptions | boolean) => StorageMeta;
  /** Stores metadata for the item, in place of what was stored before. */
  setMetaSync: (key: string, value: StorageMeta, opts?: TransactionOptions) => void;
  /** Removes the metadata that `setMeta` or `setMetaSync` stored. */
  removeMetaSync: (key: string, opts?: TransactionOptions) => void;

  /**
   * `transaction` that is over when it returns. Throws `NOT_SUPPORTED` for a function that returns a
   * promise.
   */
  transactionSync<R>(run: (tx: SyncTransaction<T>) => R, options?: TransactionLimits): R;

  /** Lists the keys under `base` (default: all), in the order of the driver, each once. */
  getKeysSync: (base?: string, opts?: GetKeysOptions) => string[];
  /** Removes exactly what `getKeysSync(base)` lists, and its metadata. */
  clearSync: (base?: string, opts?: TransactionOptions) => void;
  /** Returns when everything written under `base` (default: everywhere) is where it belongs. */
  flushSync: (base?: string) => void;

  /** `getKeysSync` by a shorter name. */
  keysSync: SyncStorage["getKeysSync"];
  /** `getItemSync` by a shorter name. */
  getSync: SyncStorage<T>["getItemSync"];
  /** `setItemSync` by a shorter name. */
  setSync: SyncStorage<T>["setItemSync"];
  /** `hasItemSync` by a shorter name. */
  hasSync: SyncStorage<T>["hasItemSync"];
  /** `removeItemSync` by a shorter name. */
  delSync: SyncStorage<T>["removeItemSync"];
  /** `removeItemSync` by another name. */
  removeSync: SyncStorage<T>["removeItemSync"];
}
