// What the demo prints, and its verdict.
import { isDeepStrictEqual } from "node:util";

/** How many examples of a kind are printed. */
const EXAMPLES = 4;

/** Collects what went wrong and prints what happens. */
export class Account {
  /** @type {string[]} */
  problems = [];

  /** @param {string} text */
  title(text) {
    console.log(`\n${text}`);
  }

  /** @param {string} text */
  line(text) {
    console.log(`  ${text}`);
  }

  /**
   * Prints the first few of a list.
   *
   * @param {string[]} lines
   */
  examples(lines) {
    for (const line of lines.slice(0, EXAMPLES)) this.line(`  ${line}`);
    if (lines.length > EXAMPLES) this.line(`  … and ${lines.length - EXAMPLES} more`);
  }

  /** @param {string} text */
  problem(text) {
    this.problems.push(text);
    this.line(`WRONG: ${text}`);
  }

  /**
   * Runs a step and prints how long it took.
   *
   * @template T
   * @param {string} what
   * @param {number} count Items that the step works on.
   * @param {() => Promise<T>} step
   * @returns {Promise<T>}
   */
  async timed(what, count, step) {
    const start = performance.now();
    const result = await step();
    const elapsed = performance.now() - start;
    const each = ((elapsed * 1000) / Math.max(1, count)).toFixed(1);
    this.line(
      `${what.padEnd(54)} ${elapsed.toFixed(1).padStart(8)} ms ${each.padStart(8)} µs each`,
    );
    return result;
  }

  /**
   * Compares values with the documents they should be.
   *
   * @param {string} what
   * @param {Array<{ key: string, value: unknown }>} found
   * @param {Array<{ key: string, value: unknown }>} expected
   */
  compare(what, found, expected) {
    const values = new Map(found.map(({ key, value }) => [key, value]));
    const wrong = expected.filter(
      ({ key, value }) => !values.has(key) || !isDeepStrictEqual(values.get(key), value),
    );
    if (found.length !== expected.length)
      this.problem(`${what}: ${found.length} values, not ${expected.length}.`);
    for (const { key } of wrong.slice(0, EXAMPLES)) this.problem(`${what}: ${key} differs.`);
    if (wrong.length > EXAMPLES) this.problem(`${what}: ${wrong.length - EXAMPLES} more differ.`);
    if (wrong.length === 0) this.line(`${what}: all ${expected.length} values are equal.`);
  }

  /** Prints the verdict and sets the exit code. */
  finish() {
    if (this.problems.length === 0) return console.log("\nEverything came back as it was stored.");
    console.log(`\n${this.problems.length} problems.`);
    process.exitCode = 1;
  }
}
