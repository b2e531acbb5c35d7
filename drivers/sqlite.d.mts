export {
  default,
  type SqliteBackupOptions,
  type SqliteCare,
  type SqliteCompaction,
  type SqliteDriverOptions,
  type SqliteImportOptions,
  type SqliteImportReport,
  type SqliteImportSource,
  type SqliteProgress,
  type SqliteReport,
  type SqliteStats,
  type SqliteStorageMeta,
} from "./sqlite.js";
