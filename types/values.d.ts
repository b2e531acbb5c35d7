// What is stored, and the small shapes that both sides of the API share.

/** A value, or a promise of it: an answer may come now or later. */
export type MaybePromise<T> = T | Promise<T>;

/** Keeps a type argument that was given, and is `any` for one that was not. */
export type MaybeDefined<T> = T extends any ? T : any;

/**
 * A stored value as it is read.
 *
 * Objects may hold, at any depth: plain objects, arrays (also sparse), `Date`, `RegExp`, `Set`,
 * `Map`, `Error`, `URL`, `bigint`, `undefined`, `NaN`, the infinities, `-0`, `Buffer`,
 * `ArrayBuffer`, typed arrays, and repeated or cyclic references. An object with `toJSON` is stored
 * as what that returns.
 */
export type StorageValue = null | string | number | boolean | object;

/** What an untyped storage accepts. `undefined` removes the item. */
export type StorableValue = StorageValue | bigint | undefined;

/**
 * Facts about an item: its own ones from the driver (fs gives `atime`, `mtime`, `birthtime` and
 * `ctime` as dates and `size` in bytes), with those set by `setMeta` laid over them.
 */
export interface StorageMeta {
  /** When the item was last read. */
  atime?: Date;
  /** When the item was last written. */
  mtime?: Date;
  /** How long the item still lives, in milliseconds. Absent for one that never ends. */
  ttl?: number;
  /** When the item ends. Absent for one that never does. */
  expires?: Date;
  [key: string]: StorageValue | Date | undefined;
}

/**
 * Options of one call. They reach the driver untouched, names that Stowage does not know included.
 * Options of one item of a batch are laid over the common options of the batch.
 */
export type TransactionOptions = Record<string, any>;

/** Options of a write. */
export type WriteOptions = TransactionOptions & {
  /**
   * How long the item lives, in milliseconds above 0; then it is gone for every method. Fails with
   * `INVALID_OPTION` for anything else. Only drivers with `flags.ttl` know it. Default: for ever, also
   * if the value before it would have ended.
   */
  ttl?: number;
};

/** Options of a write that happens only where there is no value. */
export type IfAbsentOptions = WriteOptions & {
  /** Stores the value only if there is none under the key, and tells whether it did. */
  ifAbsent: true;
};

/** Options of `increment`. */
export interface IncrementOptions {
  /** What a missing key counts as. Default: `0`. */
  initial?: number;
  /** The least result. Default: none. */
  min?: number;
  /** The greatest result. Default: none. */
  max?: number;
}

/** Options of a stream that reads. */
export type ReadStreamOptions = TransactionOptions & {
  /** Bytes that the stream holds, and of one piece at most. Default: `65536`. */
  highWaterMark?: number;
};

/** Options of a stream that writes. */
export type WriteStreamOptions = WriteOptions & {
  /** Bytes that the stream takes before it asks its source to wait. Default: `65536`. */
  highWaterMark?: number;
};

/** Options of a watch. */
export interface WatchListenerOptions {
  /** Tells items whose time is over (`"expire"`) from removals. Default: `false`. */
  expire?: boolean;
}

/** Options of a listing. */
export type GetKeysOptions = TransactionOptions & {
  /**
   * Leaves out keys with more separators than this, counted from the root of the storage:
   * `0` lists `a` and not `a:b`. Default: no limit.
   */
  maxDepth?: number;
  /** Lists the metadata keys (`key$`) too. Default: `false`. */
  meta?: boolean;
  /**
   * The most keys, a whole number. With it or `after`, keys are listed in the order of their UTF-8
   * bytes. Default: all.
   */
  limit?: number;
  /** Lists what comes behind this key in that order: the last of the page before. */
  after?: string;
};

/** Options of a removal. */
export type RemoveOptions = TransactionOptions & {
  /** Removes what `setMeta` stored for the item, too. Default: `false`. */
  removeMeta?: boolean;
};

/** Options of a metadata read. */
export type GetMetaOptions = TransactionOptions & {
  /** Gives what the driver knows and leaves out what `setMeta` stored. Default: `false`. */
  nativeOnly?: boolean;
};

/** What happened to a key: it has a new value, or it is gone. */
export type WatchEvent = "update" | "remove";

/** What happened to a key, for those who want to know that its time was over. */
export type ExpiringWatchEvent = WatchEvent | "expire";

/**
 * Is told about changes.
 *
 * What it returns is ignored. What it throws reaches neither the writer nor other listeners; it is
 * reported as an uncaught exception.
 */
export type WatchCallback = (event: WatchEvent, key: string) => any;

/** As `WatchCallback`, with `{ expire: true }`. */
export type ExpiringWatchCallback = (event: ExpiringWatchEvent, key: string) => any;

/** Ends a watch. Calling it again does nothing. */
export type Unwatch = () => MaybePromise<void>;

/** Values of a storage or of a part of it, by key. */
export type Snapshot<T = string> = Record<string, T>;
