// The same declarations, seen from an ES module.
export * from "./index.js";
