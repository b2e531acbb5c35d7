import type { Driver } from "../types/driver.js";
import type {
  FSStorageMeta as Meta,
  FSStorageOptions as Options,
  WatchOptions as Watch,
} from "../types/options-fs.js";

/**
 * Makes a driver that keeps each value in a file of its own under `base`: the key `a:b` in `a/b`.
 * It reports changes made by others.
 *
 * Throws a `StorageError`: `MISSING_OPTION` without `base`, `INVALID_OPTION` for an option of a
 * wrong type. An unknown name in `watchOptions` is warned about once.
 */
declare function fsDriver(opts: Options | undefined): Driver<Options | undefined, never>;

// Callable as `require("stowage/drivers/fs")` and as its `default`.
declare namespace fsDriver {
  export { fsDriver as default };
  export type FSStorageOptions = Options;
  export type FSStorageMeta = Meta;
  export type WatchOptions = Watch;
}

export = fsDriver;
