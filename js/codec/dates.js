"use strict";

const { quote } = require("./quote.js");

const MS_PER_DAY = 86_400_000;
const MS_PER_HOUR = 3_600_000;
const MS_PER_MINUTE = 60_000;

/** Units that `toISOString` writes behind the day. */
const TIME_UNITS = "00:00:00.000Z".length;

const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => `${number}`.padStart(2, "0"));

const toISOString = Date.prototype.toISOString;

/** The day of the date written last, and its text with a quote: many dates are of the same day. */
let recentDay = 0;
let recentText = '"1970-01-01T';

/**
 * The JSON of a valid date: what its `toISOString` gives, which takes four times as long.
 * @param {Date} date
 * @returns {string}
 */
function dateText(date) {
  if (date.toISOString !== toISOString) {
    return quote(date.toISOString());
  }
  const time = date.getTime();
  const day = Math.floor(time / MS_PER_DAY);
  if (day !== recentDay) {
    recentText = `"${date.toISOString().slice(0, -TIME_UNITS)}`;
    recentDay = day;
  }
  return recentText + timeText(time - day * MS_PER_DAY);
}

/**
 * @param {number} ms Milliseconds since midnight.
 * @returns {string}
 */
function timeText(ms) {
  const hour = TWO_DIGITS[Math.floor(ms / MS_PER_HOUR)];
  const minute = TWO_DIGITS[Math.floor((ms % MS_PER_HOUR) / MS_PER_MINUTE)];
  const second = TWO_DIGITS[Math.floor((ms % MS_PER_MINUTE) / 1000)];
  const rest = ms % 1000;
  return `${hour}:${minute}:${second}.${Math.floor(rest / 100)}${TWO_DIGITS[rest % 100]}Z"`;
}

module.exports = { dateText };
