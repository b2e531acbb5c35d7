// The processes that work with a store: started, told what to do, listened to, killed.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/** Milliseconds that an answer may take: more is a hang. */
const DEADLINE = 60_000;

/**
 * @typedef {"async" | "sync" | "batch" | "transaction" | "remove"} Way
 * @typedef {{ key: string, number: number, size: number }} Write
 *
 * @typedef {{ do: "look", keys: string[] }
 *   | { do: "write", way: Way, writes: Write[] }
 *   | { do: "reopen" }
 *   | { do: "race", way: Way, writes: Write[] }
 *   | { do: "stare", key: string, reads: number }
 *   | { do: "storm", way: Way, from: number, lanes: string[][], sizes: number[], removals: number }} Command
 *
 * @typedef {{ done: true } | { done: false, error: { code?: string, message: string } }} Outcome
 */

/** True for what is one write of several keys. @param {Way} way */
export const isTogether = (way) => way === "batch" || way === "transaction";

/** Those that have not ended. @type {Set<Player>} */
const running = new Set();

/** Ends those that a case which broke down has left. */
export async function killAll() {
  await Promise.all([...running].map((player) => player.kill()));
}

/** The process ended before it answered. */
export class Died extends Error {}

/** A process that works with a store. */
export class Player {
  /** What it said that nobody has taken yet. @type {any[]} */
  #said = [];
  #waiting = () => {};
  #stderr = "";
  /** False once it has ended. */
  isOpen = true;

  /**
   * @param {import("./adapters/index.mjs").Adapter} adapter
   * @param {string} base The folder of the store.
   */
  constructor(adapter, base) {
    this.process = spawn(process.execPath, [CHILD, adapter.name, base], { stdio: "pipe" });
    this.process.stderr.setEncoding("utf8").on("data", (text) => {
      this.#stderr += text;
    });
    // It may be dead when it is told something; that is seen by its missing answer.
    this.process.stdin.on("error", () => {});
    createInterface({ input: this.process.stdout }).on("line", (line) => this.#take(line));
    running.add(this);
    /** @type {Promise<void>} */
    this.ended = new Promise((resolve, reject) => {
      this.process.on("error", reject);
      this.process.on("close", () => {
        this.isOpen = false;
        running.delete(this);
        this.#waiting();
        resolve();
      });
    });
  }

  /** The last line of a process that was killed may be cut off. */
  #take(/** @type {string} */ line) {
    try {
      this.#said.push(JSON.parse(line));
    } catch {
      this.#stderr += line;
    }
    this.#waiting();
  }

  /** Waits until it is ready. @returns {Promise<Way[]>} The ways of writing that its library has. */
  ready() {
    return this.#answer();
  }

  /**
   * Tells it what to do and waits for the answer.
   *
   * @param {Command} command
   * @returns {Promise<any>}
   */
  ask(command) {
    this.tell(command);
    return this.#answer();
  }

  /** Tells it what to do. @param {Command} command */
  tell(command) {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Takes what it said so far. */
  said() {
    return this.#said.splice(0);
  }

  /** Waits until it has said something more, or has ended. */
  async more() {
    if (this.#said.length > 0 || !this.isOpen) return;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    await new Promise((resolve, reject) => {
      this.#waiting = () => resolve(undefined);
      timer = setTimeout(() => reject(this.#hang()), DEADLINE);
    }).finally(() => clearTimeout(timer));
  }

  #hang() {
    this.process.kill("SIGKILL");
    return new Error(`It did not answer within ${DEADLINE} ms: ${this.#stderr}`);
  }

  async #answer() {
    for (;;) {
      const found = this.#said.find((each) => "answer" in each);
      if (found) {
        this.#said.splice(this.#said.indexOf(found), 1);
        return found.answer;
      }
      if (!this.isOpen) throw new Died(`It ended: ${this.#stderr.trim()}`);
      this.#said.splice(0);
      await this.more();
    }
  }

  /** Ends it, by a signal that it cannot catch, and waits until it is gone. */
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  /** Lets it end by itself. */
  async end() {
    this.process.stdin.end();
    await this.ended;
  }
}

/**
 * Looks at a store in a process that has never seen it.
 *
 * @param {import("./adapters/index.mjs").Adapter} adapter
 * @param {string} base
 * @param {string[]} keys
 * @returns {Promise<import("./oracle.mjs").Sight>}
 */
export async function freshLook(adapter, base, keys) {
  const player = new Player(adapter, base);
  try {
    await player.ready();
    return await player.ask({ do: "look", keys });
  } finally {
    await player.end();
  }
}
