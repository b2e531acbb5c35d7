export { default, type FSStorageMeta, type FSStorageOptions } from "./fs-lite.js";
