import type { StorageError, StorageErrorCode, StorageErrorFields } from "../types/errors.js";

export { defineDriver, joinKeys } from "../index.js";

/**
 * Gives the form in which a key is stored, with the separator of your choice (default `:`). Unlike
 * that of the main entry it keeps everything from `?` on and doubled separators.
 */
export declare function normalizeKey(key: string | undefined, sep?: ":" | "/"): string;

/**
 * Makes the error that a driver throws: its message starts with `[stowage] [<driver>]`, and its code
 * is `"DRIVER"` unless another is given.
 */
export declare function createError(
  driver: string,
  message: string,
  fields?: Omit<StorageErrorFields, "driver"> & { code?: StorageErrorCode },
): StorageError;

/** Makes the error for one or several required options that are missing: `MISSING_OPTION`. */
export declare function createRequiredError(driver: string, name: string | string[]): StorageError;
