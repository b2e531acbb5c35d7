// Several reads and writes as one.

import type { Storage } from "./storage.js";
import type { SyncStorage } from "./storage-sync.js";
import type { StorageValue } from "./values.js";

/** Names of the methods of a transaction that answer when they return. */
type SyncNames =
  | "getItemSync"
  | "setItemSync"
  | "removeItemSync"
  | "hasItemSync"
  | "getItemsSync"
  | "setItemsSync"
  | "getItemRawSync"
  | "setItemRawSync"
  | "getKeysSync"
  | "getSync"
  | "setSync"
  | "hasSync"
  | "delSync"
  | "removeSync"
  | "keysSync";

/** Names of the methods of a transaction that answer with a promise. */
type AsyncNames =
  | "getItem"
  | "setItem"
  | "removeItem"
  | "hasItem"
  | "getItems"
  | "setItems"
  | "getItemRaw"
  | "setItemRaw"
  | "getKeys"
  | "get"
  | "set"
  | "has"
  | "del"
  | "remove"
  | "keys";

/**
 * What the function of `transactionSync` is given. Its reads see the items as they were when the
 * transaction read first, and its own writes; nobody sees these before the end.
 *
 * Every method throws `DISPOSED` once the transaction has ended.
 */
export type SyncTransaction<T extends StorageValue = StorageValue> = Pick<
  SyncStorage<T>,
  SyncNames
>;

/** What the function of `transaction` is given: as `SyncTransaction`, and the forms with promises. */
export type Transaction<T extends StorageValue = StorageValue> = Pick<
  Storage<T>,
  AsyncNames | SyncNames
>;

/** What a transaction is allowed. */
export interface TransactionLimits {
  /**
   * Milliseconds from the beginning to the commit; then it fails with `TIMEOUT`, and nothing is
   * written. Default: `5000`.
   */
  timeout?: number;
  /**
   * How often the function is run again after a `CONFLICT`, each time with a new transaction. A
   * function that does more than reading and writing must bear that. Default: `0`.
   */
  retries?: number;
}
