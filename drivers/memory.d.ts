import type { Driver } from "../types/driver.js";

/**
 * Makes a driver that keeps values in memory, in the order in which they came. They are gone when
 * the process ends.
 *
 * `getInstance()` gives a live view that reads and writes as a `Map` of decoded values.
 */
declare function memoryDriver(opts: void): Driver<void, Map<string, any>>;

// Callable as `require("stowage/drivers/memory")` and as its `default`.
declare namespace memoryDriver {
  export { memoryDriver as default };
}

export = memoryDriver;
