"use strict";

/** Whatever is not surely itself in JSON: controls, quotes, backslashes, parts of surrogate pairs. */
const NEEDS_ESCAPE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** UTF-16 units up to which a look at each one is cheaper than the call of a regular expression. */
const MAX_LOOKED_AT = 24;

/**
 * A JSON string; most need no escapes, and then quotes are all there is to add.
 * @param {string} text
 * @returns {string}
 */
function quote(text) {
  const needsEscape = text.length > MAX_LOOKED_AT ? NEEDS_ESCAPE.test(text) : hasSpecial(text);
  return needsEscape ? JSON.stringify(text) : `"${text}"`;
}

/**
 * Whether a short text holds more than the characters of ASCII that are themselves in JSON.
 * @param {string} text
 * @returns {boolean}
 */
function hasSpecial(text) {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit > 0x7e) {
      return true;
    }
  }
  return false;
}

module.exports = { quote };
