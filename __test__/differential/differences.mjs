// Where we answer otherwise than the predecessor, on purpose. Each entry names the heading of
// docs/migrating.md that tells users so; what is not listed here may not differ.
import { canonical } from "./keys.mjs";

/**
 * @typedef {object} Situation What an operation meets, before anything carries it out.
 * @property {import("./operations.mjs").Operation} operation
 * @property {import("./stacks.mjs").Stack} stack
 * @property {import("./model.mjs").Model} model
 * @property {boolean} sync Whether the predecessor is called through its sync methods.
 */

/**
 * @typedef {object} Difference
 * @property {string} heading A heading of docs/migrating.md.
 * @property {(situation: Situation) => boolean} applies
 * @property {(situation: Situation) => import("./operations.mjs").Operation[]} [instead] What the
 *   predecessor is asked for instead, to reach the same state. Without it the operation only
 *   reads, and the predecessor is not asked.
 */

/** @type {Difference[]} */
export const DIFFERENCES = [
  {
    heading: "clear(base) removes what getKeys(base) lists",
    applies: ({ operation, stack, model }) =>
      operation.method === "clear" &&
      cleared(operation, model).some((key) => !covered(key, operation, stack)),
    instead: ({ operation, model }) =>
      cleared(operation, model).map((key) => ({ method: "removeItem", args: [key] })),
  },
  {
    heading: "A prefixed storage stays within its prefix",
    applies: ({ operation, sync }) => sync && operation.prefix !== undefined,
    instead: ({ operation }) => [withoutPrefix(operation)],
  },
  {
    heading: "setItems with undefined removes",
    applies: ({ operation }) => removesInBatch(operation),
    instead: ({ operation }) =>
      operation.method === "burst" ? operation.args.flatMap(oneByOne) : oneByOne(operation),
  },
  {
    heading: "Metadata belongs to the item, however its key is written",
    applies: ({ operation }) =>
      ["setMeta", "removeMeta"].includes(operation.method) &&
      canonical(`${operation.args[0]}$`) !== `${canonical(operation.args[0])}$`,
    instead: ({ operation }) => {
      const [key, ...others] = operation.args;
      return [{ ...operation, args: [canonical(key), ...others] }];
    },
  },
  {
    heading: "Results come in the order asked",
    applies: ({ operation, stack }) =>
      operation.method === "getItems" && (stack.queued || stack.mounts !== undefined),
  },
  {
    heading: "Metadata keys can be listed",
    applies: ({ operation }) => operation.method === "getKeys" && operation.args[1]?.meta === true,
  },
  {
    heading: "maxDepth counts from the root of the storage",
    applies: ({ operation, stack }) =>
      stack.flatDepth === true &&
      operation.method === "getKeys" &&
      operation.args[1]?.maxDepth !== undefined,
  },
  {
    heading: "Reads see queued writes",
    applies: ({ operation, stack }) =>
      stack.queued === true && stack.disk === true && operation.method === "getKeys",
  },
  {
    heading: "Metadata of a missing item is empty",
    applies: ({ operation, stack, model }) =>
      operation.method === "getMeta" && stack.disk === true && !model.hasItem(fullKey(operation)),
  },
  {
    heading: "The last call wins",
    applies: ({ operation, stack, sync }) =>
      operation.method === "burst" && !sync && stack.disk === true && !stack.queued,
    instead: ({ operation }) => operation.args.flatMap(oneByOne),
  },
  {
    heading: "Text stored raw is not a value",
    applies: ({ operation, model }) =>
      operation.method === "getItem" && model.holdsRaw(fullKey(operation)),
  },
];

/** The difference that applies, if any. */
export function findDifference(situation) {
  return DIFFERENCES.find(({ applies }) => applies(situation));
}

/**
 * What the predecessor is asked for instead of an operation to which differences apply.
 *
 * @param {Situation} situation
 * @returns {import("./operations.mjs").Operation[]}
 */
export function substitutes(situation) {
  const difference = findDifference(situation);
  if (!difference) return [situation.operation];
  const steps = difference.instead?.(situation) ?? [];
  // Another difference may apply to what takes the place of this operation.
  return steps.flatMap((operation) => substitutes({ ...situation, operation }));
}

function prefixOf({ prefix }) {
  return prefix === undefined ? "" : `${canonical(prefix)}:`;
}

function fullKey(operation) {
  return canonical(prefixOf(operation) + operation.args[0]);
}

/** The same operation on the storage itself. */
function withoutPrefix(operation) {
  const { prefix, ...rest } = operation;
  const base = prefixOf(operation);
  const [first, ...others] = operation.args;
  if (!Array.isArray(first)) return { ...rest, args: [base + (first ?? ""), ...others] };
  const items = first.map((item) =>
    typeof item === "string" ? base + item : { ...item, key: base + item.key },
  );
  return { ...rest, args: [items, ...others] };
}

/** What `clear` must remove: every key below the base, meta keys too. */
function cleared(operation, model) {
  const base = clearedBase(operation);
  return model.all().filter((key) => key.startsWith(base));
}

function clearedBase(operation) {
  const base = canonical(prefixOf(operation) + (operation.args[0] ?? ""));
  return base && `${base}:`;
}

/** Whether the predecessor clears the mount of `key`: only mounts that lie wholly below the base. */
function covered(key, operation, stack) {
  const mount = (stack.mounts ?? [])
    .filter((base) => key.startsWith(base))
    .sort(byLength)
    .at(-1);
  return (mount ?? "").startsWith(clearedBase(operation));
}

const byLength = (a, b) => a.length - b.length;

function removesInBatch({ method, args }) {
  if (method === "burst") return args.some(removesInBatch);
  return method === "setItems" && args[0].some(({ value }) => value === undefined);
}

/** A batch item by item. */
function oneByOne(operation) {
  if (operation.method !== "setItems") return [operation];
  return operation.args[0].map(({ key, value }) => ({
    ...operation,
    method: "setItem",
    args: [key, value],
  }));
}
