// The contract of everything that stores.
import type {
  GetKeysOptions,
  MaybePromise,
  StorageMeta,
  StorageValue,
  TransactionOptions,
  Unwatch,
  WatchCallback,
} from "./values.js";

/** What a driver does beyond the minimum. */
export interface DriverFlags {
  /** `getKeys` honours `maxDepth` itself. Default: `false`, and the storage filters. */
  maxDepth?: boolean;
  /** Items can expire: `ttl` in the options of a write, in milliseconds. Default: `false`. */
  ttl?: boolean;
}

/**
 * Whatever stores strings under keys.
 *
 * Keys are normalised (`a:b:c`) and relative to the place where the driver is mounted. Every method
 * may answer now or with a promise, except those whose name ends in `Sync`, which must answer now.
 * An error that a method throws reaches the caller of the storage as the same object.
 *
 * A storage can stand in for a driver: mount it to nest it.
 */
export interface Driver<OptionsT = any, InstanceT = any> {
  /** Named in errors. Default: none. */
  name?: string;
  /** What the driver does beyond the minimum. Default: nothing. */
  flags?: DriverFlags;
  /** The options it was made with, for people who look. */
  options?: OptionsT;
  /** Gives what the driver works with: a client, a map, a context. */
  getInstance?: () => InstanceT;

  /** Tells whether the key has a value. */
  hasItem: (key: string, opts: TransactionOptions) => MaybePromise<boolean>;
  /** Gives the stored text, or `null` for a key without a value. */
  getItem: (key: string, opts?: TransactionOptions) => MaybePromise<StorageValue>;
  /** Gives the values of several keys, one entry per key. Default: `getItem` for each. */
  getItems?: (
    items: { key: string; options?: TransactionOptions }[],
    commonOptions?: TransactionOptions,
  ) => MaybePromise<{ key: string; value: StorageValue }[]>;
  /** Gives the value as `setItemRaw` stored it, or `null`. Default: `getItem`. */
  getItemRaw?: (key: string, opts: TransactionOptions) => MaybePromise<unknown>;
  /** Stores the text. Without this method the driver is read-only and ignores writes. */
  setItem?: (key: string, value: string, opts: TransactionOptions) => MaybePromise<void>;
  /** Stores several texts. Default: `setItem` for each. */
  setItems?: (
    items: { key: string; value: string; options?: TransactionOptions }[],
    commonOptions?: TransactionOptions,
  ) => MaybePromise<void>;
  /** Stores a value that is not to be encoded, such as bytes. Default: `setItem`. */
  setItemRaw?: (key: string, value: any, opts: TransactionOptions) => MaybePromise<void>;
  /** Removes the key. It is no error when there is none. */
  removeItem?: (key: string, opts: TransactionOptions) => MaybePromise<void>;
  /** Gives what the driver itself knows about the item, or `null`. */
  getMeta?: (key: string, opts: TransactionOptions) => MaybePromise<StorageMeta | null>;
  /** Lists keys. May list more than `base` asks for: the storage filters. */
  getKeys: (base: string, opts: GetKeysOptions) => MaybePromise<string[]>;
  /** Removes every key under `base`. Default: `removeItem` for each key listed. */
  clear?: (base: string, opts: TransactionOptions) => MaybePromise<void>;
  /** Lets go of everything. Called once; no call follows it. */
  dispose?: () => MaybePromise<void>;
  /**
   * Reports changes until the function that it returns is called. A driver with this method reports
   * the changes made through it, too.
   */
  watch?: (callback: WatchCallback) => MaybePromise<Unwatch>;
  /** Makes every write that was accepted before the call final. */
  flush?: () => MaybePromise<void>;

  /** `flush`, done when it returns. */
  flushSync?: () => void;
  /** `hasItem` that answers now. */
  hasItemSync?: (key: string, opts: TransactionOptions) => boolean;
  /** `getItem` that answers now. */
  getItemSync?: (key: string, opts?: TransactionOptions) => StorageValue;
  /** `getItems` that answers now. Default: `getItemSync` for each. */
  getItemsSync?: (
    items: { key: string; options?: TransactionOptions }[],
    commonOptions?: TransactionOptions,
  ) => { key: string; value: StorageValue }[];
  /** `getItemRaw` that answers now. Default: `getItemSync`. */
  getItemRawSync?: (key: string, opts: TransactionOptions) => unknown;
  /** `setItem`, done when it returns. */
  setItemSync?: (key: string, value: string, opts: TransactionOptions) => void;
  /** `setItems`, done when it returns. Default: `setItemSync` for each. */
  setItemsSync?: (
    items: { key: string; value: string; options?: TransactionOptions }[],
    commonOptions?: TransactionOptions,
  ) => void;
  /** `setItemRaw`, done when it returns. Default: `setItemSync`. */
  setItemRawSync?: (key: string, value: any, opts: TransactionOptions) => void;
  /** `removeItem`, done when it returns. */
  removeItemSync?: (key: string, opts: TransactionOptions) => void;
  /** `getMeta` that answers now. */
  getMetaSync?: (key: string, opts: TransactionOptions) => StorageMeta | null;
  /** `getKeys` that answers now. */
  getKeysSync?: (base: string, opts: GetKeysOptions) => string[];
  /** `clear`, done when it returns. Default: `removeItemSync` for each key listed. */
  clearSync?: (base: string, opts: TransactionOptions) => void;
}

/** Makes a driver from its options. */
export type DriverFactory<OptionsT, InstanceT> = (opts: OptionsT) => Driver<OptionsT, InstanceT>;
