import type { Driver } from "../types/driver.js";
import type {
  FSStorageMeta as Meta,
  FSLiteStorageOptions as Options,
} from "../types/options-fs.js";

/**
 * Makes a driver that keeps each value in a file of its own under `base`, as the fs driver does, and
 * does not watch.
 *
 * Throws a `StorageError`: `MISSING_OPTION` without `base`, `INVALID_OPTION` for an option of a
 * wrong type.
 */
declare function fsLiteDriver(opts: Options | undefined): Driver<Options | undefined, never>;

// Callable as `require("stowage/drivers/fs-lite")` and as its `default`.
declare namespace fsLiteDriver {
  export { fsLiteDriver as default };
  export type FSStorageOptions = Options;
  export type FSStorageMeta = Meta;
}

export = fsLiteDriver;
