/** What `verify()` found. */
export interface SqliteReport {
  /** True if nothing is damaged. */
  ok: boolean;
  /** Items that were checked. */
  items: number;
  /** Items whose value is damaged. */
  damagedItems: number;
  /** The first 1,000 of them. Reading one fails with `CORRUPT`; the others can be read. */
  damaged: { key: string; reason: string }[];
  /** The first 1,000 problems that belong to no item: what SQLite's own check says, contents without an item. */
  problems: string[];
}

/** Figures of the database and of this driver. */
export interface SqliteStats {
  /** Items of the store, with those that have ended and were not swept yet. */
  items: number;
  /** Bytes of the database file, without its log. */
  bytes: number;
  /** Pages of the file that hold nothing. */
  freePages: number;
  /** Bytes of a page. */
  pageSize: number;
  /** Bytes of the write-ahead log. */
  walBytes: number;
  /** Reads that the value cache has answered, since the driver was made. */
  cacheHits: number;
  /** Reads that asked the database. */
  cacheMisses: number;
  /** Transactions that were written, since the driver was made. */
  commits: number;
  /** Writes that shared a transaction. */
  groups: { mean: number; max: number };
  /** How long a transaction took, in milliseconds, from a fair sample of 1,024. */
  commitMs: { p50: number; p99: number };
}

/** What `compact()` changed, in bytes of the database file. */
export interface SqliteCompaction {
  bytesBefore: number;
  bytesAfter: number;
  /** False if somebody was still reading from the log: it is emptied later. */
  logEmptied: boolean;
}

/** How far a backup is, in pages. */
export interface SqliteProgress {
  pages: number;
  total: number;
}

export interface SqliteBackupOptions {
  /** Called now and then. What it throws ends the backup and is its error. */
  onProgress?: (progress: SqliteProgress) => void;
  /** Ends the backup, which rejects with `signal.reason`. */
  signal?: AbortSignal;
  /** Takes the place of a file that is there. Default false: `EEXIST`. */
  overwrite?: boolean;
}

/** Where to import from: a path whose kind is found out, or both. */
export type SqliteImportSource =
  | string
  | {
      /**
       * `fs`: a folder with one file per key, made by Stowage, electron-async-storage or unstorage.
       * `conf`: the JSON file of conf or electron-store. `node-persist`: its folder.
       */
      type?: "fs" | "conf" | "node-persist";
      path: string;
    };

export interface SqliteImportOptions {
  /** Put before every key. Default: nothing. */
  base?: string;
  /** Replaces items that are there. Default false: they are skipped. */
  overwrite?: boolean;
}

/** What an import has done. */
export interface SqliteImportReport {
  type: "fs" | "conf" | "node-persist";
  /** Items that were written. */
  imported: number;
  /** Items that were not. */
  skippedItems: number;
  /** The first 1,000 of them, each with its key, or its file where it has no key. */
  skipped: { key?: string; file?: string; reason: string }[];
}

/** What the object of the sqlite driver has beyond the methods of every driver. */
export interface SqliteCare {
  /** Checks the structure of the file and the checksum of every value. Reads everything. */
  verify(): Promise<SqliteReport>;
  /**
   * Copies the database while it is in use, checks the copy, and gives it its name only then.
   *
   * Rejects with `EEXIST` without `overwrite`, `INVALID_OPTION` for a target that is a database in use,
   * `CORRUPT` if the copy is damaged because the database is.
   */
  backup(path: string, options?: SqliteBackupOptions): Promise<SqliteProgress>;
  /** Gives unused space back to the system. Writes wait until it is done. */
  compact(): Promise<SqliteCompaction>;
  /** Figures of the database and of this driver. Counting the items reads all keys. */
  stats(): Promise<SqliteStats>;
  /** Copies what another library has stored. Nothing of the source is changed. */
  importFrom(
    source: SqliteImportSource,
    options?: SqliteImportOptions,
  ): Promise<SqliteImportReport>;
}
