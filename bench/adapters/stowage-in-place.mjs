// Stowage writing files in place, as the predecessor does.
export { createStorage, drivers, version } from "./stowage.mjs";
export const fsOptions = { atomic: false };
