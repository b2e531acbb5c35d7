// The items of batch calls.
import type { TransactionOptions } from "./values.js";

/** An item to read: its key, alone or with options for this item. */
export type ItemRequest<K> = K | { key: K; options?: TransactionOptions };

/** An item that was read. `value` is `null` for a key without a value. */
export type ItemResult<K, V> = { key: K; value: V | null };

/** An item to write, with options for this item. */
export type ItemWrite<K, V> = { key: K; value: V; options?: TransactionOptions };
