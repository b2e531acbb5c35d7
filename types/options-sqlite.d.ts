// What the sqlite driver takes and gives.
import type { StorageMeta } from "./values.js";

/** Options of the sqlite driver. */
export interface SqliteDriverOptions {
  /**
   * The file; it and the folders above it are made if they are missing, for the user alone. Required.
   * `":memory:"` keeps the items in memory, for this driver only.
   */
  path: string;
  /**
   * The name of the store in the file, which can hold several: letters, digits and `_`, at most 64, not
   * beginning with a digit. Default: `"kv"`.
   */
  table?: string;
  /** Ignores every write, and fails with `ENOENT` if there is no store to read. Default: `false`. */
  readOnly?: boolean;
  /**
   * What an acknowledged write survives: the end of this process, or also a power cut, at the price of
   * a sync of the disk for each group of writes. Default: `"process"`.
   */
  durability?: "process" | "power";
  /**
   * Bytes of items that are kept in memory after they were read, singly or up to 512 at a time; `0` keeps
   * none. The pages that the connections keep come on top, 32 MB at most. Default: 16 MiB.
   */
  cacheBytes?: number;
  /**
   * How many milliseconds a lock that another process holds is waited for before a call fails with
   * `BUSY`. Default: `5000`.
   */
  busyTimeout?: number;
  /** The largest value, in bytes; a larger one is refused with `LIMIT_EXCEEDED`. Default and most: 512 MiB. */
  maxValueBytes?: number;
  /** How often items are removed whose time is over, in milliseconds. Default: `60000`. */
  sweepInterval?: number;
}

/** What `getMeta` gives for an item. */
export interface SqliteStorageMeta extends StorageMeta {
  /** When its value was last set. */
  mtime: Date;
  /** When it was made. */
  birthtime: Date;
  /** Bytes of the stored value. */
  size: number;
}
