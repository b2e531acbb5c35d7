import type { Driver } from "../types/driver.js";
import type {
  SqliteStorageMeta as Meta,
  SqliteDriverOptions as Options,
} from "../types/options-sqlite.js";

/**
 * Makes a driver that keeps items in one SQLite file: durable, with transactions, items that end, and
 * keys in order. The file is opened, and made if it is missing, before this returns.
 *
 * Throws a `StorageError`: `MISSING_OPTION` without `path`, `INVALID_OPTION` for an option of a wrong
 * type or value, `CORRUPT` for a damaged file and one that is no database, `INCOMPATIBLE` for the
 * database of another program or of a newer version, `BUSY` for a file that stays locked, or the errno
 * name of what the system refused. The file is left as it is then.
 */
declare function sqliteDriver(opts: Options): Driver<Options, never>;

// Callable as `require("stowage/drivers/sqlite")` and as its `default`.
declare namespace sqliteDriver {
  export { sqliteDriver as default };
  export type SqliteDriverOptions = Options;
  export type SqliteStorageMeta = Meta;
}

export = sqliteDriver;
