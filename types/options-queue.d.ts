// What the queue driver takes and shows.
import type { Driver } from "./driver.js";
import type { TransactionOptions } from "./values.js";

/** How a queue collects writes. */
export interface QueueOptions {
  /** A flush starts as soon as this many operations are queued. Default: `100`. */
  batchSize?: number;
  /** A flush starts this many milliseconds after the first queued operation. Default: `1000`. */
  flushInterval?: number;
  /**
   * How many operations are held, those being written included, before writes have to wait.
   * Default: `1000`.
   */
  maxQueueSize?: number;
  /** Keeps the last operation on a key alone. `false` hands on each, in order. Default: `true`. */
  mergeUpdates?: boolean;
}

/** Options of the queue driver. */
export interface QueueDriverOptions extends QueueOptions {
  /** The driver that the writes go to. Required. */
  driver: Driver;
  /**
   * Is told once of each flush that failed: a `StorageError`, or what a driver of yours threw. The
   * operations stay queued and are tried again, with growing pauses. Default: nobody is told but
   * the caller of the next `flush`.
   *
   * Written as a method so that a function that expects a `StorageError` fits, too.
   */
  onError?(error: Error): void;
}

/** A write that waits. */
export interface QueuedOperation {
  /** What is to be done. */
  type: "set" | "remove";
  /** The key, relative to the driver. */
  key: string;
  /** What is to be stored, encoded; absent for a removal. */
  value?: any;
  /** The options of the call. */
  options?: TransactionOptions;
  /** When it was queued, in milliseconds since the epoch. */
  timestamp: number;
  /** It came through `setItemRaw`. */
  isRaw?: boolean;
}

/** A live view of a queue, from `getInstance()` of the driver. */
export interface QueueContext {
  /** What waits, by key; of several operations on one key, the last. */
  readonly queue: ReadonlyMap<string, QueuedOperation>;
  /** A flush is under way. */
  readonly flushing: boolean;
  /** The queue was disposed and takes nothing more. */
  readonly disposed: boolean;
  /** Why the last flush failed; absent after one that succeeded. */
  readonly lastError?: Error;
}
