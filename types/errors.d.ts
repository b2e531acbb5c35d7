// How failures look. docs/errors.md says what to do about each.

/**
 * Tells failures apart. Codes never change their meaning.
 *
 * A failure of the operating system has its errno name, as in Node: `ENOSPC`, `EACCES`.
 */
export type StorageErrorCode =
  | "INVALID_KEY"
  | "INVALID_OPTION"
  | "MISSING_OPTION"
  | "INVALID_VALUE"
  | "INVALID_RETURN"
  | "UNSERIALIZABLE"
  | "CORRUPT"
  | "OUTSIDE_BASE"
  | "SYNC_UNSUPPORTED"
  | "NOT_SUPPORTED"
  | "DISPOSED"
  | "ALREADY_MOUNTED"
  | "BUSY"
  | "CONFLICT"
  | "TIMEOUT"
  | "INCOMPATIBLE"
  | "LIMIT_EXCEEDED"
  | "DOWNGRADE"
  | "DRIVER"
  | "INTERNAL"
  | `E${Uppercase<string>}`;

/** What is known about a failure beyond its code and message. */
export interface StorageErrorFields {
  /** The method that failed, as this API spells it (`"getItem"`). */
  operation?: string;
  /** The name of the driver that failed (`"fs"`). */
  driver?: string;
  /** The key that was asked for, as the caller of the storage knows it. */
  key?: string;
  /** Why it failed. */
  cause?: unknown;
}

/** Every failure that Stowage itself reports. What a driver of yours throws is passed on as it is. */
export declare class StorageError extends Error {
  constructor(code: StorageErrorCode, message: string, fields?: StorageErrorFields);
  readonly name: "StorageError";
  /** Tells failures apart. */
  readonly code: StorageErrorCode;
  /** The method that failed, as this API spells it (`"getItem"`). */
  readonly operation: string | undefined;
  /** The name of the driver that failed (`"fs"`). */
  readonly driver: string | undefined;
  /** The key that was asked for, as the caller of the storage knows it. */
  readonly key: string | undefined;
  /** Why it failed; absent where nothing is known. */
  readonly cause?: unknown;
}
