// Changing what is stored when a newer version of an application starts.
import type { Storage } from "./storage.js";
import type { StorageValue } from "./values.js";

/** Brings a storage to one version. The version is committed after it returns or resolves. */
export type MigrationFunction<T extends StorageValue = StorageValue> = (
  storage: Storage<T>,
) => Promise<void> | void;

/** Migrations by the version that each one leads to. They run in ascending order. */
export interface MigrationOptions<T extends StorageValue = StorageValue> {
  [version: number]: MigrationFunction<T>;
}

/** Functions that are called around a run of migrations, with the ends of that run. */
export interface MigrationHooks<T extends StorageValue = StorageValue> {
  /** Called before the first migration. A failure here stops the run. */
  beforeMigration?: (
    fromVersion: number,
    toVersion: number,
    storage: Storage<T>,
  ) => Promise<void> | void;
  /** Called after the last migration. */
  afterMigration?: (
    fromVersion: number,
    toVersion: number,
    storage: Storage<T>,
  ) => Promise<void> | void;
  /** Called when the run failed; the error is thrown to the caller of `migrate` afterwards. */
  onMigrationError?: (
    error: Error,
    fromVersion: number,
    toVersion: number,
    storage: Storage<T>,
  ) => Promise<void> | void;
}
