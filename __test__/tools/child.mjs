// Programs that a test starts: their output by line, their end, and a deadline for both.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { DEADLINE, within } from "./until.mjs";

/** The root folder of the repository: programs started there find the package by its name. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @typedef {object} Ending
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 * @property {string} stdout
 * @property {string} stderr
 */

/** A running program. */
class Program {
  #lines = /** @type {string[]} */ ([]);
  #waiting = /** @type {(() => void)[]} */ ([]);
  #stdout = "";
  #stderr = "";
  #ended = false;

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {import("node:child_process").SpawnOptions} options
   */
  constructor(command, args, options) {
    this.process = spawn(command, args, { cwd: ROOT, ...options, stdio: "pipe" });
    this.process.stdout?.setEncoding("utf8").on("data", (text) => this.#take(text));
    this.process.stderr?.setEncoding("utf8").on("data", (text) => {
      this.#stderr += text;
    });
    this.closed = new Promise((resolve, reject) => {
      this.process.on("error", reject);
      this.process.on("close", (code, signal) => {
        this.#ended = true;
        this.#wake();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /**
   * The first line of output not yet taken that equals or starts with `start`.
   *
   * @param {string} start
   * @param {number} [deadline] In milliseconds.
   * @returns {Promise<string>}
   */
  line(start, deadline = DEADLINE) {
    return within(this.#find(start), `a line "${start}" (${this.#stderr})`, deadline);
  }

  /**
   * Waits for the end; past the deadline the program is killed and the wait fails.
   *
   * @param {number} [deadline] In milliseconds.
   * @returns {Promise<Ending>}
   */
  async end(deadline = DEADLINE) {
    try {
      return await within(this.closed, "the end of the program", deadline);
    } catch (error) {
      this.process.kill("SIGKILL");
      const { stdout, stderr } = await this.closed;
      throw new Error(`${error.message}\nstdout: ${stdout}\nstderr: ${stderr}`);
    }
  }

  async #find(start) {
    for (;;) {
      const index = this.#lines.findIndex((line) => line.startsWith(start));
      if (index >= 0) return this.#lines.splice(index, 1)[0];
      if (this.#ended) throw new Error(`ended before a line "${start}": ${this.#stderr}`);
      await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
    }
  }

  #take(text) {
    const before = this.#stdout.lastIndexOf("\n") + 1;
    this.#stdout += text;
    const after = this.#stdout.lastIndexOf("\n") + 1;
    if (after > before) this.#lines.push(...this.#stdout.slice(before, after - 1).split("\n"));
    this.#wake();
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/**
 * Starts a Node program; it is killed when the running test ends, should it still run then.
 *
 * @param {string | URL} script Path or URL of the program.
 * @param {string[]} [args]
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export function start(script, args = [], options = {}) {
  const path = script instanceof URL ? fileURLToPath(script) : script;
  return startCommand(process.execPath, [path, ...args], options);
}

/**
 * As `start`, for any command.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export function startCommand(command, args, options = {}) {
  const program = new Program(command, args, options);
  onTestFinished(async () => {
    program.process.kill("SIGKILL");
    await program.closed;
  });
  return program;
}

/**
 * Starts a Node program and waits for its end.
 *
 * @param {string | URL} script
 * @param {string[]} [args]
 * @param {import("node:child_process").SpawnOptions & { deadline?: number }} [options]
 */
export function run(script, args = [], { deadline, ...options } = {}) {
  return start(script, args, options).end(deadline);
}

/**
 * What a program printed as JSON in its last line. Throws if the program failed.
 *
 * @param {Ending} ending
 * @returns {any}
 */
export function jsonOf({ code, signal, stdout, stderr }) {
  if (code !== 0) throw new Error(`The program ended with ${code ?? signal}: ${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}
