// Every name that the package promises, written out: taking one away must fail a test.

/** What the main entry exports. */
export const MAIN = [
  "StorageError",
  "builtinDrivers",
  "createStorage",
  "defineDriver",
  "filterKeyByBase",
  "filterKeyByDepth",
  "joinKeys",
  "normalizeBaseKey",
  "normalizeKey",
  "prefixStorage",
  "restoreSnapshot",
  "snapshot",
];

/** The drivers with an entry of their own. */
export const DRIVERS = ["fs", "fs-lite", "memory", "queue", "sqlite"];

/** What `stowage/drivers/utils` exports. */
export const UTILS = [
  "createError",
  "createRequiredError",
  "defineDriver",
  "joinKeys",
  "normalizeKey",
];

/** The methods of a storage. */
export const STORAGE = [
  ...["hasItem", "getItem", "getItems", "getItemRaw", "setItem", "setItems", "setItemRaw"],
  ...["removeItem", "getMeta", "setMeta", "removeMeta", "getKeys", "clear", "dispose"],
  ...["watch", "unwatch", "flush", "mount", "unmount", "getMount", "getMounts"],
  ...["migrate", "getStorageVersion"],
  ...["keys", "get", "set", "has", "del", "remove"],
  ...["_setItemInternal", "_setItemsInternal", "_getItemsInternal"],
  ...["hasItemSync", "getItemSync", "getItemsSync", "getItemRawSync"],
  ...["setItemSync", "setItemsSync", "setItemRawSync", "removeItemSync"],
  ...["getMetaSync", "setMetaSync", "removeMetaSync", "getKeysSync", "clearSync", "flushSync"],
  ...["compareAndSet", "increment", "update", "transaction", "entries"],
  ...["compareAndSetSync", "incrementSync", "updateSync", "transactionSync"],
  ...["createReadStream", "createWriteStream"],
  ...["keysSync", "getSync", "setSync", "hasSync", "delSync", "removeSync"],
].sort();
