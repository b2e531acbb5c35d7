export { default, type FSStorageMeta, type FSStorageOptions, type WatchOptions } from "./fs.js";
