// What the drivers that store files take and give.
import type { StorageMeta } from "./values.js";

/** Options of the fs-lite driver: files without watching. */
export interface FSLiteStorageOptions {
  /** The folder that holds the files; it is made on the first write. Required. */
  base?: string;
  /**
   * Hides files: it is given the full path of each file and folder, and what it answers `true` for
   * is neither listed nor entered. Default: nothing is hidden.
   */
  ignore?: (path: string) => boolean;
  /** Ignores every write. Default: `false`. */
  readOnly?: boolean;
  /** Ignores `clear`. Default: `false`. */
  noClear?: boolean;
  /**
   * Publishes each write whole: readers see the old value or the new one, also after a crash of the
   * process. `false` writes in place, which is faster. Default: `true`.
   */
  atomic?: boolean;
  /**
   * What an acknowledged write survives: the end of this process, or also a power cut, at the price
   * of an fsync of file and folder per write. Default: `"process"`.
   */
  durability?: "process" | "power";
  /**
   * Permission bits of the files that are written, before the umask of the process takes some away.
   * From `0o600` to `0o777`, with `0o600` among them. No effect on Windows. Default: `0o600`.
   */
  fileMode?: number;
  /**
   * Permission bits of the folders that are made, as in `fileMode`. From `0o700` to `0o777`, with
   * `0o700` among them. Default: `0o700`.
   */
  directoryMode?: number;
}

/** Options of the fs driver: files with watching. */
export interface FSStorageOptions extends Omit<FSLiteStorageOptions, "ignore"> {
  /**
   * Hides files from listings and watches: globs matched against paths below `base`, or a function
   * of the full path as in fs-lite.
   * Default: everything in folders named `node_modules` or `.git`.
   */
  ignore?: string[] | ((path: string) => boolean);
  /** How changes made by others are found. */
  watchOptions?: WatchOptions;
}

/** What is known of a file when a watch asks whether to ignore it. */
export interface WatchStats {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  /** Bytes. */
  size: number;
  /** Milliseconds since the epoch. */
  mtimeMs: number;
}

/**
 * Tells whether a watch ignores a path.
 *
 * Written as a method so that a function that expects the `Stats` of `node:fs` fits, too.
 */
type IgnoreFunction = {
  matches(path: string, stats?: WatchStats): boolean;
}["matches"];

/** What a watch ignores: a glob or a full path, a pattern for full paths, or a function of them. */
export type IgnoreMatcher = string | RegExp | IgnoreFunction;

/** How a watch finds changes, by the names that chokidar gave these options. */
export interface WatchOptions {
  /** What is not reported, besides the driver's own `ignore`. Default: nothing. */
  ignored?: IgnoreMatcher | IgnoreMatcher[];
  /** Does not report the files that exist when the watch starts. Default: `true`. */
  ignoreInitial?: boolean;
  /** The watch keeps the process alive. Default: `false`. */
  persistent?: boolean;
  /** How many levels of folders below `base` are watched; `0` is `base` alone. Default: all. */
  depth?: number;
  /** Looks at the files again and again in place of system events. Default: `false`. */
  usePolling?: boolean;
  /** How often polling looks, in milliseconds. Default: `100`. */
  interval?: number;
  /**
   * Reports a file when its size has not changed for `stabilityThreshold` milliseconds (default
   * `2000`), looking every `pollInterval` milliseconds (default `100`). Default: `false`.
   */
  awaitWriteFinish?: boolean | { stabilityThreshold?: number; pollInterval?: number };
  /**
   * Reports a file that is removed and comes back within this many milliseconds, as editors save, as
   * one update. `true` means `100`. Default: `true`.
   */
  atomic?: boolean | number;
  /** Links to files inside `base` count as files. Links to folders are never entered. Default: `true`. */
  followSymlinks?: boolean;
  /** Passes over what may not be read, in silence. Default: `false`. */
  ignorePermissionErrors?: boolean;
  /** Accepted and without effect: keys are always relative to `base`. */
  cwd?: string;
}

/** What `getMeta` gives for a file. */
export interface FSStorageMeta extends StorageMeta {
  /** When it was last read. */
  atime: Date;
  /** When its content last changed. */
  mtime: Date;
  /** When its content or its attributes last changed. */
  ctime: Date;
  /** When it was made. */
  birthtime: Date;
  /** Bytes. */
  size: number;
}
