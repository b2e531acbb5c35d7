"use strict";

const { addPlain, CHUNK_VALUES } = require("./batches.js");
const binding = require("./native.js");
const { createStorageError, locate } = require("./errors.js");
const { compareKeys, filterKeyByDepth, normalizeKey, splitKeys } = require("./keys.js");
const { checkOptions, invalidOption } = require("./options.js");
const { then } = require("./then.js");

/** Items of the first page: many walks end early. Each further page has twice as many, up to a limit. */
const FIRST_PAGE = 64;
const MAX_PAGE = 1024;

/** Where the chunks of values begin in a page. */
const FIRST_CHUNK = 2;

const OPTIONS = Object.freeze({
  base: ["string"],
  start: ["string"],
  end: ["string"],
  reverse: ["boolean"],
  limit: ["number"],
  keysOnly: ["boolean"],
  meta: ["boolean"],
});

/**
 * Keys joined by NUL or null, whether it is the last page, and texts of many values each.
 * @typedef {[string | null, boolean, ...(string | null)[]]} Page
 *
 * @typedef {ReturnType<typeof import("./reader.js").createReader>} Reader
 */

/**
 * A walk through items in the order of their keys, which begins when it is iterated.
 *
 * @param {any} raw
 * @param {Reader} reader
 * @param {any} [options]
 */
function entries(raw, reader, options = {}) {
  const given = checkOptions(undefined, options, OPTIONS);
  const walk = { ...given, limit: checkLimit(given.limit) };
  return {
    [Symbol.iterator]: () => walkNow(raw, reader, walk),
    [Symbol.asyncIterator]: () => walkLater(raw, reader, walk),
  };
}

/**
 * @param {any} raw
 * @param {Reader} reader
 * @param {any} options
 */
function* walkNow(raw, reader, options) {
  const walk = binding.openEntries(raw, options);
  try {
    let isLast = options.limit === 0;
    for (let size = FIRST_PAGE; !isLast; size = Math.min(size * 2, MAX_PAGE)) {
      const page = named(() => walk.nextSync(size));
      isLast = page[1];
      yield* itemsOf(page, walk, reader, options.keysOnly);
    }
  } finally {
    walk.close();
  }
}

/**
 * @param {any} raw
 * @param {Reader} reader
 * @param {any} options
 */
async function* walkLater(raw, reader, options) {
  const walk = binding.openEntries(raw, options);
  try {
    let isLast = options.limit === 0;
    for (let size = FIRST_PAGE; !isLast; size = Math.min(size * 2, MAX_PAGE)) {
      const page = await named(() => walk.next(size));
      isLast = page[1];
      for (const item of itemsOf(page, walk, reader, options.keysOnly)) {
        yield item;
      }
    }
  } finally {
    walk.close();
  }
}

/**
 * Names the operation in a failure.
 *
 * @param {() => any} call
 */
function named(call) {
  const fail = (/** @type {unknown} */ error) => {
    throw locate(error, { operation: "entries" });
  };
  try {
    const answer = call();
    return answer instanceof Promise ? answer.catch(fail) : answer;
  } catch (error) {
    return fail(error);
  }
}

/**
 * The items of a page. Values are decoded some hundreds at once, when the first of them is wanted.
 *
 * @param {Page} page
 * @param {any} walk
 * @param {Reader} reader
 * @param {boolean} [keysOnly]
 */
function* itemsOf(page, walk, reader, keysOnly) {
  const keys = splitKeys(page[0]);
  if (keysOnly) {
    yield* keys;
    return;
  }
  for (let start = 0; start < keys.length; start += CHUNK_VALUES) {
    const names = keys.slice(start, start + CHUNK_VALUES);
    const text = page[FIRST_CHUNK + start / CHUNK_VALUES];
    /** @type {import("./batches.js").Read[]} */
    const items = [];
    if (typeof text === "string" && addPlain(text, names, items) && items.length === names.length) {
      for (const { key, value } of items) {
        yield [key, value];
      }
    } else {
      for (const [place, key] of names.entries()) {
        yield [key, readOne(walk, start + place, key, reader)];
      }
    }
  }
}

/**
 * @param {any} walk
 * @param {number} place in the page
 * @param {string} key
 * @param {Reader} reader
 */
function readOne(walk, place, key, reader) {
  let stored;
  try {
    stored = walk.value(place);
  } catch (error) {
    return reader.forgive(reader.placed(error, key, "entries"));
  }
  return reader.read(stored, key, "entries");
}

/**
 * @param {any} options of a listing
 * @returns {boolean} whether it is to be a page, in the order of the keys
 */
function isPaged(options) {
  return options?.limit !== undefined || options?.after !== undefined;
}

/**
 * A page of keys in one of the two forms.
 *
 * @param {any} raw
 * @param {boolean} isSync
 */
function pageLister(raw, isSync) {
  return (/** @type {string | undefined} */ base, /** @type {any} */ options) => {
    const { after, limit, maxDepth } = checkPage(options);
    if (limit === 0) {
      return [];
    }
    const walk = binding.openEntries(raw, {
      base,
      start: after,
      afterStart: true,
      keysOnly: true,
      meta: options.meta === true,
      limit: maxDepth === undefined ? limit : undefined,
    });
    const most = limit ?? Number.POSITIVE_INFINITY;
    return collect(walk, isSync, (key) => filterKeyByDepth(key, maxDepth), most);
  };
}

/**
 * @param {any} walk
 * @param {boolean} isSync
 * @param {(key: string) => boolean} isWanted
 * @param {number} most
 */
function collect(walk, isSync, isWanted, most) {
  /** @type {string[]} */
  const found = [];
  const next = () => named(() => (isSync ? walk.nextSync(MAX_PAGE) : walk.next(MAX_PAGE)));
  const add = (/** @type {Page} */ page) => {
    for (const key of splitKeys(page[0])) {
      if (found.length < most && isWanted(key)) {
        found.push(key);
      }
    }
    return page[1] || found.length >= most;
  };
  return isSync ? collectNow(walk, add, next, found) : collectLater(walk, add, next, found);
}

/**
 * @param {any} walk
 * @param {(page: Page) => boolean} add true if it was the last that is wanted
 * @param {() => Page} next
 * @param {string[]} found
 */
function collectNow(walk, add, next, found) {
  try {
    while (!add(next()));
    return found;
  } finally {
    walk.close();
  }
}

/**
 * @param {any} walk
 * @param {(page: Page) => boolean} add true if it was the last that is wanted
 * @param {() => Promise<Page>} next
 * @param {string[]} found
 */
async function collectLater(walk, add, next, found) {
  try {
    while (!add(await next()));
    return found;
  } finally {
    walk.close();
  }
}

/**
 * A page of keys that are all there, for what cannot walk.
 *
 * @param {(base: string | undefined, options: any) => any} list
 */
function pageOfAll(list) {
  return (/** @type {string | undefined} */ base, /** @type {any} */ options) => {
    const { after, limit } = checkPage(options);
    const { after: _after, limit: _limit, ...rest } = options;
    return then(list(base, rest), (/** @type {string[]} */ keys) =>
      keys
        .filter((key) => after === undefined || compareKeys(key, after) > 0)
        .sort(compareKeys)
        .slice(0, limit),
    );
  };
}

/** @param {any} options of a listing */
function checkPage({ after, limit, maxDepth }) {
  if (after !== undefined && typeof after !== "string") {
    throw invalidOption(undefined, "after", "a string");
  }
  if (limit !== undefined && typeof limit !== "number") {
    throw invalidOption(undefined, "limit", "number");
  }
  const depth = maxDepth ?? undefined;
  if (depth !== undefined && !(depth >= 0)) {
    const message = "option `maxDepth` must be a whole number, 0 or more";
    throw createStorageError("INVALID_OPTION", message);
  }
  return { after: after && normalizeKey(after), limit: checkLimit(limit), maxDepth: depth };
}

/** @param {number | undefined} limit */
function checkLimit(limit) {
  if (limit === undefined || limit === Number.POSITIVE_INFINITY) {
    return undefined;
  }
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw invalidOption(undefined, "limit", "a whole number, 0 or more");
  }
  return limit;
}

module.exports = { entries, isPaged, pageLister, pageOfAll };
