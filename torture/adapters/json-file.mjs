// Reading the one JSON file of the libraries that leave reading to their user.
import { readFileSync } from "node:fs";

/**
 * @param {string} path
 * @returns {Record<string, string>} Empty as long as there is no file.
 */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return {};
    throw error;
  }
}
