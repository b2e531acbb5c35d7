// What a process holds, and how fast a figure grows.
import { readdirSync, readFileSync } from "node:fs";

/**
 * @typedef {object} Held
 * @property {number} descriptors Open ones.
 * @property {number} watches Of inotify, over all its descriptors.
 * @property {number} threads
 */

/**
 * Counts what this process holds.
 *
 * @returns {Held | undefined} Nothing where the system has no `/proc/self`.
 */
export function held() {
  if (process.platform !== "linux") return undefined;
  const infos = readdirSync("/proc/self/fdinfo").map((name) => infoOf(name));
  return {
    // One of those listed was the listing's own.
    descriptors: infos.length - 1,
    watches: infos.flatMap((text) => text.match(/^inotify /gm) ?? []).length,
    threads: readdirSync("/proc/self/task").length,
  };
}

/** @param {string} descriptor */
function infoOf(descriptor) {
  try {
    return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
  } catch (error) {
    // The descriptor of the listing is gone by now.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return "";
    throw error;
  }
}

/**
 * The slope of the line that fits best, by least squares.
 *
 * @param {{ seconds: number, bytes: number }[]} samples
 * @returns {number} Bytes a second; 0 for fewer than two samples.
 */
export function slopeOf(samples) {
  const mean = (/** @type {number[]} */ list) =>
    list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);
  const middle = mean(samples.map(({ seconds }) => seconds));
  const level = mean(samples.map(({ bytes }) => bytes));
  let above = 0;
  let below = 0;
  for (const { seconds, bytes } of samples) {
    above += (seconds - middle) * (bytes - level);
    below += (seconds - middle) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
