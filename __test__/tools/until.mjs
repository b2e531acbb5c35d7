// Waiting for a state that announces itself by no event.
import { setTimeout as delay } from "node:timers/promises";

/** Longest wait in milliseconds before a test gives up, unless it says otherwise. */
export const DEADLINE = 15_000;

/** Pause between two looks, in milliseconds. */
const PAUSE = 10;

/**
 * Looks until `condition` returns something truthy, and returns that.
 *
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {string} description What is awaited, for the message of a failure.
 * @param {number} [deadline] In milliseconds.
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(condition, description, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`Not within ${deadline} ms: ${description}`);
    await delay(PAUSE);
  }
}

/**
 * Fails when `promise` takes longer than the deadline.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {string} description
 * @param {number} [deadline] In milliseconds.
 * @returns {Promise<T>}
 */
export async function within(promise, description, deadline = DEADLINE) {
  const stop = new AbortController();
  const late = delay(deadline, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`Not within ${deadline} ms: ${description}`);
  });
  // The loser of the race must not be reported as unhandled.
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}
