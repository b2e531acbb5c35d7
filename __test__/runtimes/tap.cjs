// Checks that run one after the other and are reported in the form of TAP.
"use strict";

const { mkdirSync } = require("node:fs");
const { join } = require("node:path");

/** Longest time of one check, in milliseconds, on a slow and busy machine: past it, it hangs. */
const DEADLINE = 60_000;

/** Thrown by a check that cannot run here; the message is the reason. */
class Skip extends Error {}

/**
 * Fails when `promise` is not settled by the deadline.
 *
 * @param {Promise<unknown>} promise
 */
async function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not within ${DEADLINE} ms.`)), DEADLINE);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {unknown} error */
const described = (error) =>
  String(error instanceof Error ? error.stack : error)
    .split("\n")
    .map((line) => `# ${line}`);

/** One run of the program. */
class Run {
  #print;
  #folder;
  #number = 0;
  #failed = 0;

  /**
   * @param {(line: string) => void} print
   * @param {string} folder Each check gets a new one below it.
   */
  constructor(print, folder) {
    this.#print = print;
    this.#folder = folder;
  }

  /**
   * @param {string} name
   * @param {Record<string, (folder: string) => unknown>} checks By what they show.
   */
  async section(name, checks) {
    for (const [title, check] of Object.entries(checks)) {
      await this.#check(`${name}: ${title}`, check);
    }
  }

  async #check(title, check) {
    this.#number += 1;
    const folder = join(this.#folder, String(this.#number));
    mkdirSync(folder);
    try {
      await inTime(Promise.resolve(folder).then(check));
      this.#print(`ok ${this.#number} - ${title}`);
    } catch (error) {
      if (error instanceof Skip) {
        this.#print(`ok ${this.#number} - ${title} # SKIP ${error.message}`);
        return;
      }
      this.#failed += 1;
      this.#print(`not ok ${this.#number} - ${title}`);
      for (const line of described(error)) this.#print(line);
    }
  }

  /** Prints the plan, which tells a reader that the report is whole. Gives the failures. */
  finish() {
    this.#print(`1..${this.#number}`);
    return this.#failed;
  }
}

module.exports = { Run, Skip };
