// The same functions for ES modules. Taking them from the CommonJS module makes sure that a process
// which loads both has one Stowage, not two.
import stowage from "./index.js";

export const {
  StorageError,
  builtinDrivers,
  createStorage,
  defineDriver,
  filterKeyByBase,
  filterKeyByDepth,
  joinKeys,
  normalizeBaseKey,
  normalizeKey,
  prefixStorage,
  restoreSnapshot,
  snapshot,
} = stowage;
