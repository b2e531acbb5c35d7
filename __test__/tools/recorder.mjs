// What a watcher reported, with waits that end on the event itself.
import { within } from "./until.mjs";

/**
 * @typedef {object} Report
 * @property {"update" | "remove"} event
 * @property {string} key
 * @property {number} at Milliseconds on a clock that never goes back.
 */

/** Collects the calls of a watch callback. */
export class Recorder {
  /** @type {Report[]} */
  reports = [];
  #waiting = /** @type {(() => void)[]} */ ([]);

  /** The callback to give to `watch`. */
  callback = (event, key) => {
    this.reports.push({ event, key, at: performance.now() });
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** The reports as `event key`, in order. */
  get lines() {
    return this.reports.map(({ event, key }) => `${event} ${key}`);
  }

  /** The last event of each key. */
  get last() {
    return new Map(this.reports.map(({ event, key }) => [key, event]));
  }

  /** Forgets everything reported so far. */
  reset() {
    this.reports = [];
  }

  /**
   * Waits until the reports satisfy `condition`.
   *
   * @param {(recorder: Recorder) => boolean} condition
   * @param {string} description
   * @param {number} [deadline] In milliseconds.
   */
  async until(condition, description, deadline) {
    const wait = async () => {
      while (!condition(this)) {
        await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
      }
    };
    await within(wait(), description, deadline).catch((error) => {
      const tail = this.lines.slice(-10).join(", ");
      throw new Error(`${error.message}; ${this.reports.length} reports, the last: ${tail}`);
    });
  }

  /**
   * Waits for one report.
   *
   * @param {string} line As `update a:b`.
   * @param {number} [deadline] In milliseconds.
   */
  saw(line, deadline) {
    return this.until(() => this.lines.includes(line), `the report "${line}"`, deadline);
  }
}
