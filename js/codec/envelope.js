"use strict";

// Takes the parts of a text out of their envelope. Parsing the whole envelope, and above all its
// `meta`, costs more than parsing the value; most texts of an application have no `meta`, or one of
// a few. So the text is cut where the parts should meet. A cut is never trusted: that each part by
// itself is JSON proves that it was in the right place, and otherwise the whole is parsed.

const { MAX_META_UNITS, MAX_PLANS } = require("./limits.js");

/** @typedef {import("./decode.js").Plan} Plan */

/**
 * What reads annotations is loaded for the first text that has some: many applications have none.
 * @type {typeof import("./decode.js").planOf}
 */
let planOf = (meta) => {
  ({ planOf, applyPlan } = require("./decode.js"));
  return planOf(meta);
};

/**
 * Made by `planOf`, a plan is never there without it.
 * @type {typeof import("./decode.js").applyPlan}
 */
let applyPlan;

const OPENING = '{"json":';
const META = ',"meta":';

const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const CLOSING_BRACKET = 0x5d;
const LOWER_V = 0x76;
const CLOSING_BRACE = 0x7d;

/**
 * @typedef {object} Known
 * @property {string} ending Of every text which the plan is for.
 * @property {Plan | undefined} plan
 */

/** When all plans are in use, one of this many new ones takes the place of the oldest: keeping a
 * plan costs as much as making it. */
const SAMPLE = 16;

/** @type {Map<string, Known>} Plans of annotations met lately, by the text of these. */
const plans = new Map();

/**
 * The plan used last: to see that it is for the next text, too, costs a tenth of looking it up.
 * @type {Known}
 */
let recent = { ending: "", plan: undefined };

/** Plans that were not kept since the last that was. */
let passed = 0;

/**
 * The value of a text.
 * @param {string} text
 * @returns {unknown}
 * @throws {Error} When the text is not JSON or its annotations do not fit it.
 */
function readText(text) {
  // Three times as fast as `startsWith`.
  if (
    text.slice(0, OPENING.length) !== OPENING ||
    text.charCodeAt(text.length - 1) !== CLOSING_BRACE
  ) {
    return readWhole(text);
  }
  return mayEndInMeta(text) ? readAnnotated(text) : readCut(text, text.length - 1, undefined);
}

/**
 * Whether a text ends as those with a `meta` do that superjson or this codec wrote: with its
 * version or, before there were versions, with a list. Many without a `meta` end so, too.
 * @param {string} text
 * @returns {boolean}
 */
function mayEndInMeta(text) {
  const end = text.length - 2;
  if (text.charCodeAt(end) !== CLOSING_BRACE) {
    return false;
  }
  const before = text.charCodeAt(end - 1);
  if (before === CLOSING_BRACE) {
    return text.charCodeAt(end - 2) === CLOSING_BRACKET;
  }
  return before === CLOSING_BRACKET || (isDigit(before) && isVersionAt(text, end - 4));
}

/**
 * @param {number} code
 * @returns {boolean}
 */
function isDigit(code) {
  return code >= ZERO && code <= NINE;
}

/**
 * Whether `v":` is there.
 * @param {string} text
 * @param {number} at
 * @returns {boolean}
 */
function isVersionAt(text, at) {
  return (
    text.charCodeAt(at) === LOWER_V &&
    text.charCodeAt(at + 1) === QUOTE &&
    text.charCodeAt(at + 2) === COLON
  );
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function readAnnotated(text) {
  const end = text.length - recent.ending.length;
  if (recent.plan !== undefined && text.slice(end) === recent.ending) {
    return readCut(text, end, recent.plan);
  }
  const from = Math.max(0, text.length - MAX_META_UNITS);
  const at = text.slice(from).lastIndexOf(META);
  if (at < 0) {
    return from === 0 ? readCut(text, text.length - 1, undefined) : readWhole(text);
  }
  const plan = planFor(text.slice(from + at + META.length, -1));
  return plan === undefined ? readWhole(text) : readCut(text, from + at, plan);
}

/**
 * @param {string} text
 * @param {number} end Where the value in the envelope should end.
 * @param {Plan | undefined} plan What the `meta` behind it asks for, undefined if there is none.
 * @returns {unknown}
 */
function readCut(text, end, plan) {
  let json;
  try {
    json = JSON.parse(text.slice(OPENING.length, end));
  } catch {
    return readWhole(text);
  }
  return plan === undefined ? json : applyPlan(plan, json);
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function readWhole(text) {
  const parsed = JSON.parse(text);
  if (!isEnvelope(parsed)) {
    return parsed;
  }
  if (!Object.hasOwn(parsed, "meta")) {
    return parsed.json;
  }
  const plan = planOf(own(parsed.meta));
  return applyPlan(plan, parsed.json);
}

/**
 * @param {string} text
 * @returns {Plan | undefined} Undefined when the text is not that of a `meta`.
 */
function planFor(text) {
  const known = plans.get(text);
  if (known !== undefined) {
    recent = known;
    return known.plan;
  }
  const meta = parseMeta(text);
  return isMeta(meta) ? learnPlan(text, meta) : undefined;
}

/**
 * @param {string} text
 * @param {import("./decode.js").Meta} meta
 * @returns {Plan}
 */
function learnPlan(text, meta) {
  const plan = planOf(own(meta));
  if (plans.size === MAX_PLANS && ++passed < SAMPLE) {
    return plan;
  }
  passed = 0;
  // The text is a cut of a longer one, which it would keep in memory: its copy does not.
  const copy = JSON.stringify(meta);
  if (copy === text) {
    makeRoom();
    plans.set(copy, { ending: `${META}${copy}}`, plan });
  }
  return plan;
}

/** Drops the oldest plan if there are as many as may be kept. */
function makeRoom() {
  if (plans.size === MAX_PLANS) {
    for (const oldest of plans.keys()) {
      plans.delete(oldest);
      return;
    }
  }
}

/**
 * @param {string} text
 * @returns {any} Undefined when it is not JSON, since it was cut in the wrong place.
 */
function parseMeta(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether parsed JSON is an envelope and not just any data: it has `json`, and nothing else but a
 * `meta` that looks like one.
 * @param {any} parsed
 * @returns {boolean}
 */
function isEnvelope(parsed) {
  if (typeof parsed !== "object" || parsed === null || !Object.hasOwn(parsed, "json")) {
    return false;
  }
  // Own members only: what others put on `Object.prototype` is not in the text.
  return Object.keys(parsed).every(
    (key) => key === "json" || (key === "meta" && isMeta(parsed.meta)),
  );
}

/**
 * @param {any} meta
 * @returns {boolean}
 */
function isMeta(meta) {
  if (!isObject(meta) || Array.isArray(meta)) {
    return false;
  }
  const { values, referentialEqualities, v, ...rest } = own(meta);
  return (
    (isObject(values) || isObject(referentialEqualities)) &&
    (values === undefined || isObject(values)) &&
    (referentialEqualities === undefined || isObject(referentialEqualities)) &&
    (v === undefined || typeof v === "number") &&
    Object.keys(rest).length === 0
  );
}

/**
 * The members of an object, without those that all objects inherit.
 * @param {object} object
 * @returns {any}
 */
function own(object) {
  return Object.assign(Object.create(null), object);
}

/**
 * @param {unknown} value
 * @returns {boolean}
 */
function isObject(value) {
  return typeof value === "object" && value !== null;
}

module.exports = { readText };
