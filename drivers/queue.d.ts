import type { Driver } from "../types/driver.js";
import type {
  QueueContext as Context,
  QueuedOperation as Operation,
  QueueDriverOptions as Options,
} from "../types/options-queue.js";

/**
 * Makes a driver that collects writes and hands them to another driver in batches. Reads see what
 * waits, and order is kept. `flush` and `dispose` hand on everything.
 *
 * `getInstance()` gives a live view of the queue.
 *
 * Throws a `StorageError`: `MISSING_OPTION` without `driver`, `INVALID_OPTION` for an option of a
 * wrong type.
 */
declare function queueDriver(opts: Options): Driver<Options, Context>;

// Callable as `require("stowage/drivers/queue")` and as its `default`.
declare namespace queueDriver {
  export { queueDriver as default };
  export type QueueDriverOptions = Options;
  export type QueueContext = Context;
  export type QueuedOperation = Operation;
  /**
   * Hands on everything that waits in the queue of this `getInstance()`. Resolves when the driver
   * has it; fails with the error of the driver, and then the operations stay queued.
   */
  export function flushQueue(context: Context): Promise<void>;
}

export = queueDriver;
