// Going through items in the order of their keys.

/** Which items are gone through. Keys are full. */
export interface EntriesOptions {
  /** Only keys below this. Default: all. */
  base?: string;
  /** The first key, whether there is one or not. Default: the first there is. */
  start?: string;
  /** The first key that is left out. Default: none. */
  end?: string;
  /** From the last to the first. Default: `false`. */
  reverse?: boolean;
  /** The most items, a whole number. Default: all. */
  limit?: number;
  /** Gives keys, and reads no values. Default: `false`. */
  keysOnly?: boolean;
  /** Goes through the metadata keys (`key$`), too. Default: `false`. */
  meta?: boolean;
}

/**
 * Items to go through, with `for` or `for await`. Each loop begins anew and reads page by page; one
 * that is left early lets go of what it held.
 *
 * Fails with `CORRUPT` at a value that cannot be decoded, which reads as `null` with
 * `onCorrupt: "null"`; with `for`, `SYNC_UNSUPPORTED` where a driver has no sync form.
 */
export interface Entries<ItemT> {
  [Symbol.iterator](): IterableIterator<ItemT>;
  [Symbol.asyncIterator](): AsyncIterableIterator<ItemT>;
}
