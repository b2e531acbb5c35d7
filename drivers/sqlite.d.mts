export { default, type SqliteDriverOptions, type SqliteStorageMeta } from "./sqlite.js";
