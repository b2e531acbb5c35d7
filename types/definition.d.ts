// How a storage knows the type of each key.
import type { StorageValue } from "./values.js";

/**
 * Says which keys a storage has and what they hold:
 * `createStorage<{ items: { theme: "dark" | "light"; volume: number } }>()`.
 */
export type StorageDefinition = {
  /** The type of the value of each key. */
  items: Record<string, unknown>;
  [key: string]: unknown;
};

/** The values by key: the `items` of a definition, or the type itself when it is none. */
export type StorageItemMap<T> = T extends StorageDefinition ? T["items"] : T;

/** The type of one value: the declared one, or what an unknown key may hold. */
export type StorageItemType<T, K> = K extends keyof StorageItemMap<T>
  ? StorageItemMap<T>[K]
  : T extends StorageDefinition
    ? StorageValue
    : T;
