import type { Driver } from "../types/driver.js";
import type {
  SqliteStorageMeta as Meta,
  SqliteDriverOptions as Options,
} from "../types/options-sqlite.js";

import type {
  SqliteBackupOptions as BackupOptions,
  SqliteCare as Care,
  SqliteCompaction as Compaction,
  SqliteImportOptions as ImportOptions,
  SqliteImportReport as ImportReport,
  SqliteImportSource as ImportSource,
  SqliteProgress as Progress,
  SqliteReport as Report,
  SqliteStats as Stats,
} from "../types/sqlite-care.js";

/**
 * Makes a driver that keeps items in one SQLite file: durable, with transactions, items that end, and
 * keys in order. The file is opened, and made if it is missing, before this returns.
 *
 * Throws a `StorageError`: `MISSING_OPTION` without `path`, `INVALID_OPTION` for an option of a wrong
 * type or value, `CORRUPT` for a damaged file and one that is no database, `INCOMPATIBLE` for the
 * database of another program or of a newer version, `BUSY` for a file that stays locked, or the errno
 * name of what the system refused. The file is left as it is then.
 */
declare function sqliteDriver(opts: Options): Driver<Options, never> & Care;

// Callable as `require("stowage/drivers/sqlite")` and as its `default`.
declare namespace sqliteDriver {
  export { sqliteDriver as default };
  export type SqliteDriverOptions = Options;
  export type SqliteStorageMeta = Meta;
  export type SqliteCare = Care;
  export type SqliteReport = Report;
  export type SqliteStats = Stats;
  export type SqliteCompaction = Compaction;
  export type SqliteProgress = Progress;
  export type SqliteBackupOptions = BackupOptions;
  export type SqliteImportSource = ImportSource;
  export type SqliteImportOptions = ImportOptions;
  export type SqliteImportReport = ImportReport;
}

export = sqliteDriver;
