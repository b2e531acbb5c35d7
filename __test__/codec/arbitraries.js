// Generated values. Those that superjson can express, and those that only Stowage can; with and
// without parts that occur more than once.

import fc from "fast-check";

const PLAIN_KEYS = ["a", "b", "c", "0", "1", "10", "01", "a.b", ".", "\\", "a\\.b", "", "\\\\"];
const TELLING_KEYS = ["toJSON", "length", "json", "meta", "cause", "name", "message", "toString"];

/** Keys that superjson refuses. */
const REFUSED_KEYS = ["__proto__", "constructor", "prototype"];

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...PLAIN_KEYS, ...TELLING_KEYS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 5, unit: "binary" }) },
);
const anyKey = fc.oneof(
  { weight: 4, arbitrary: key },
  { weight: 1, arbitrary: fc.constantFrom(...REFUSED_KEYS) },
);

const ODD = [
  null,
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
];
const PATTERNS = ["", "a+", "\\/x", '["\\\\]', "é\n"];

/** What superjson stores whole: no hole, no odd number in a typed array. */
const leaf = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ unit: "binary" }),
  fc.boolean(),
  fc.constantFrom(...ODD),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc
    .tuple(fc.constantFrom(...PATTERNS), fc.constantFrom("", "g", "isu"))
    .map((of) => new RegExp(...of)),
  fc.webUrl({ withQueryParameters: true }).map((url) => new URL(url)),
  fc.uint8Array({ maxLength: 5 }),
  fc.int16Array({ maxLength: 3 }),
  fc
    .array(fc.integer(), { maxLength: 3 })
    .map((numbers) => Float64Array.from(numbers, (n) => n / 7 || 1)),
);

const anyLeaf = fc.oneof(
  { weight: 3, arbitrary: leaf },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 5 }).map((bytes) => bytes.slice().buffer) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 5 }).map((bytes) => new DataView(bytes.slice().buffer)),
  },
  { weight: 1, arbitrary: fc.bigInt64Array({ maxLength: 3 }) },
  { weight: 1, arbitrary: fc.float64Array({ maxLength: 4 }) },
  { weight: 1, arbitrary: fc.float32Array({ maxLength: 4 }) },
);

/** A class of its own does not survive; a name on an Error, and the built-in classes do. */
const ERRORS = [
  { Class: Error, own: {} },
  { Class: Error, own: { name: "Custom" } },
  { Class: TypeError, own: {} },
  { Class: RangeError, own: { code: "E_CODE" } },
  { Class: SyntaxError, own: { code: 7, info: { list: [1] }, when: undefined } },
];

/**
 * @param {fc.Arbitrary<unknown>} inner
 */
const namedError = (inner) =>
  fc
    .tuple(fc.string(), inner, fc.constantFrom("Error", "Custom"))
    .map(([message, cause, name]) => Object.assign(new Error(message, { cause }), { name }));

/**
 * @param {fc.Arbitrary<unknown>} inner
 */
const anyError = (inner) =>
  fc
    .tuple(
      fc.constantFrom(...ERRORS),
      fc.string(),
      fc.option(
        inner.map((cause) => ({ cause })),
        { nil: undefined },
      ),
    )
    .map(([{ Class, own }, message, options]) => Object.assign(new Class(message, options), own));

function objectOf(entries) {
  const made = {};
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return made;
}

/** The items as an array in which some places are holes. */
function withHoles(items, holes) {
  const made = [];
  made.length = items.length;
  for (const [at, item] of items.entries()) {
    if (!holes.includes(at)) {
      made[at] = item;
    }
  }
  return made;
}

function treeOf({ leaf, key, error, holes }) {
  return fc.letrec((tie) => {
    const inner = tie("value");
    const items = fc.array(inner, { maxLength: 4 });
    return {
      value: fc.oneof(
        { maxDepth: 5, depthSize: "small", withCrossShrink: true },
        leaf,
        fc.tuple(items, holes).map(([list, at]) => withHoles(list, at)),
        fc.array(fc.tuple(key, inner), { maxLength: 4 }).map(objectOf),
        items.map((list) => new Set(list)),
        fc.array(fc.tuple(inner, inner), { maxLength: 4 }).map((rows) => new Map(rows)),
        error(inner),
      ),
    };
  }).value;
}

/** All objects in a value that can take a further part, and all that can become one. */
function objectsIn(value, found = new Set()) {
  if (typeof value === "object" && value !== null && !found.has(value)) {
    found.add(value);
    for (const part of partsOf(value)) {
      objectsIn(part, found);
    }
  }
  return found;
}

function partsOf(value) {
  if (value instanceof Map) {
    return [...value.keys(), ...value.values()];
  }
  if (value instanceof Set) {
    return [...value];
  }
  if (value instanceof Error) {
    return [value.cause];
  }
  return canHold(value) ? Object.values(value) : [];
}

function canHold(value) {
  return (
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof Set ||
    value instanceof Error ||
    Object.getPrototypeOf(value) === Object.prototype
  );
}

function put(holder, part, name, first) {
  if (Array.isArray(holder)) {
    first ? holder.unshift(part) : holder.push(part);
  } else if (holder instanceof Set) {
    holder.add(part);
  } else if (holder instanceof Map) {
    first ? holder.set(part, name) : holder.set(name, part);
  } else if (holder instanceof Error) {
    holder.cause = part;
  } else {
    Object.defineProperty(holder, name, {
      value: part,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
}

/** Puts parts of a value into other parts of it, which makes repeats and cycles. */
function knot(value, links) {
  const objects = [...objectsIn(value)];
  const holders = objects.filter(canHold);
  if (holders.length > 0) {
    for (const [into, part, name, first] of links) {
      put(holders[into % holders.length], objects[part % objects.length], name, first);
    }
  }
  return value;
}

function knotted(tree, key) {
  const link = fc.tuple(fc.nat(20), fc.nat(20), key, fc.boolean());
  return fc
    .tuple(tree, fc.array(link, { maxLength: 4 }))
    .map(([value, links]) => knot(value, links));
}

/** What superjson can express: trees, and the same with repeats and cycles. */
export const superjsonTree = treeOf({ leaf, key, error: namedError, holes: fc.constant([]) });
export const superjsonGraph = knotted(superjsonTree, key);

/** Whatever can be stored. */
export const anyGraph = knotted(
  treeOf({
    leaf: anyLeaf,
    key: anyKey,
    error: anyError,
    holes: fc.array(fc.nat(3), { maxLength: 1 }),
  }),
  anyKey,
);
