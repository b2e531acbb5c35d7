// The line of a report on batches of which a part was written.
import { adapterNamed } from "../adapters/index.mjs";

/** @type {import("./index.mjs").Row} */
export const HALVED = {
  name: "batches half applied",
  isHarm: true,
  isFreeTo: (adapter) => adapterNamed(adapter).hasWholeBatches !== true,
};
