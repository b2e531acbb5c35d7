"use strict";

/**
 * Levels of nesting that a stored value may have, and annotations in a text. It keeps every
 * recursion of the codec well away from the end of a default stack.
 */
const MAX_DEPTH = 1_000;

/**
 * Decimal digits of one bigint. The engine needs more than linear time to turn digits into a
 * bigint, so a text of millions of digits would hold up the whole process.
 */
const MAX_BIGINT_DIGITS = 100_000;

/**
 * Holes in all sparse arrays of one value. Each hole takes some twenty bytes of text, so one
 * assignment to a far index could otherwise ask for gigabytes.
 */
const MAX_HOLES = 1_000_000;

/**
 * UTF-16 units of text and annotations that say again what was said before. A value that occurs
 * twice is written twice: sixty objects that hold each other twice would be more text than there is.
 */
const MAX_REPEATED_UNITS = 64 * 1024 * 1024;

/** UTF-16 units of annotations that are kept, to be found again, once they are read or written. */
const MAX_META_UNITS = 1024;

/** Plans of annotations that are kept. */
const MAX_PLANS = 256;

module.exports = {
  MAX_BIGINT_DIGITS,
  MAX_DEPTH,
  MAX_HOLES,
  MAX_META_UNITS,
  MAX_PLANS,
  MAX_REPEATED_UNITS,
};
