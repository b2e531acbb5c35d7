import utils from "./utils.js";

export const { createError, createRequiredError, defineDriver, joinKeys, normalizeKey } = utils;
