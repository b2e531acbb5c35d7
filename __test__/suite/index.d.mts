import type { Driver, Storage } from "stowage";

/**
 * What a driver can do. Every switch describes an ability; leave out what holds, and turn off what
 * does not: the tests that need it are then replaced by tests that the lack is reported, or left out
 * where there is nothing to report.
 */
export interface DriverFeatures {
  /** Stores, replaces and removes values. Default true; false for read-only drivers. */
  write?: boolean;
  /** Has the synchronous methods. Default true; without it, synchronous calls must throw. */
  sync?: boolean;
  /** `a` and `a:b` can both hold values. Default true. */
  hierarchy?: boolean;
  /** Keys may hold spaces, dots, upper case, non-ASCII letters and 300 characters. Default true. */
  anyKey?: boolean;
  /** `setItemRaw` and `getItemRaw` carry arbitrary bytes. Default true. */
  binary?: boolean;
  /** An empty raw value can be told from a missing one. Default true. */
  emptyRaw?: boolean;
  /**
   * Values outlive the driver: a second driver made by the factory, after the first was disposed,
   * must read them. Default false.
   */
  persistent?: boolean;
}

/** What the tests of one driver share. Read the properties inside tests: each test has new ones. */
export interface TestContext {
  /** A Storage on the driver, empty at the beginning of each test and disposed after it. */
  readonly storage: Storage;
  /** The driver of the running test. */
  readonly driver: Driver;
  /** Disposes the storage and makes a new one with a new driver, as a restart would. */
  reopen(): Promise<Storage>;
  /** Where the driver is mounted; `""` for the root. */
  readonly base: string;
  /** The features, with the defaults filled in. */
  readonly features: Required<DriverFeatures>;
}

/** Options of {@link testDriver}. */
export interface TestDriverOptions {
  /** Title of the group of tests. Default `"driver"`. */
  name?: string;
  /** Makes the driver. Called before each test. */
  driver: () => Driver | Promise<Driver>;
  /** What the driver lacks. Default: nothing. */
  features?: DriverFeatures;
  /**
   * Where the driver is mounted. Default `""`: it is the root. Under any other base,
   * {@link TestContext.storage} is a view of what is below it: `prefixStorage`.
   */
  base?: string;
  /** Registers further tests in the same group, with the same storage. */
  additionalTests?: (context: TestContext) => void;
}

/**
 * Registers, with vitest's `describe` and `it`, the tests that every driver has to pass.
 *
 * Needs `vitest` 1 or newer in the project that calls it. Throws `TypeError` for unknown features.
 */
export declare function testDriver(options: TestDriverOptions): void;
