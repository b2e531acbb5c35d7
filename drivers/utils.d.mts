export * from "./utils.js";
