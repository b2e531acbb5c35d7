// What `createStorage` takes.
import type { Driver } from "./driver.js";
import type { MigrationHooks, MigrationOptions } from "./migrations.js";
import type { StorageValue } from "./values.js";

/** Options of `createStorage`. */
export interface CreateStorageOptions<T extends StorageValue = StorageValue> {
  /** What is mounted at the root. Default: a new memory driver. */
  driver?: Driver;
  /** The version that `migrate` leads to, a whole number from 1 on. Default: no migrations. */
  version?: number;
  /** The migrations by the version that each leads to. Default: none. */
  migrations?: MigrationOptions<T>;
  /** Functions called around a run of migrations. Default: none. */
  migrationHooks?: MigrationHooks<T>;
  /**
   * What `migrate` does when the stored version is above `version`: leave everything alone, or fail.
   * Default: `"ignore"`.
   */
  onDowngrade?: "ignore" | "error";
  /**
   * How stored text that cannot be decoded reads: as an error with code `CORRUPT`, or as `null`.
   * Either way it stays stored. Default: `"throw"`.
   */
  onCorrupt?: "throw" | "null";
}
