// Faults that the kernel reports at a chosen system call, by strace.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { run } from "../scripts/process.mjs";

const QUIET = { capture: true, captureErrors: true };

/** Milliseconds within which strace must have attached. */
const DEADLINE = 10_000;

/**
 * Installs strace from the packages of Debian if it is missing and may be installed.
 *
 * @param {boolean} install
 * @returns {Promise<string | undefined>} Why it cannot be used here.
 */
export async function obstacleToStrace(install) {
  if (process.platform !== "linux") return "it needs Linux";
  if (!(await isThere()) && install && process.getuid?.() === 0) {
    await run("apt-get", ["update", "-qq"], QUIET);
    await run("apt-get", ["install", "-y", "-qq", "strace"], QUIET);
  }
  if (!(await isThere())) return "strace is not installed";
  return attachable();
}

const isThere = async () => (await run("strace", ["-V"], QUIET)).code === 0;

/** Tries it on a process of ours: containers and hardened systems may forbid it. */
async function attachable() {
  const sleeper = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    const trace = await Trace.attach(sleeper.pid ?? 0, "/dev/null", ["-e", "trace=none"]);
    await trace.detach();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`;
  } finally {
    sleeper.kill("SIGKILL");
  }
}

/** A running strace. */
export class Trace {
  #stderr = "";

  /**
   * @param {number} pid
   * @param {string} log
   * @param {string[]} args
   */
  constructor(pid, log, args) {
    this.log = log;
    const all = ["-f", "-o", log, "-p", `${pid}`, ...args];
    this.process = spawn("strace", all, { stdio: ["ignore", "ignore", "pipe"] });
    this.ended = new Promise((resolve) => this.process.on("close", resolve));
  }

  /**
   * Follows a process and all its threads, those to come included.
   *
   * @param {number} pid
   * @param {string} log The file that it writes.
   * @param {string[]} args
   */
  static async attach(pid, log, args) {
    const trace = new Trace(pid, log, args);
    await trace.#attached();
    return trace;
  }

  async #attached() {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("strace did not attach")), DEADLINE);
      this.process.stderr?.setEncoding("utf8").on("data", (text) => {
        this.#stderr += text;
        if (/^strace: Process \d+ attached/m.test(this.#stderr)) resolve(undefined);
      });
      this.ended.then(() => reject(new Error(this.#stderr.trim() || "strace ended")));
    }).finally(() => clearTimeout(timer));
  }

  /** @returns {Promise<string>} What it wrote. */
  async detach() {
    this.process.kill("SIGINT");
    await this.ended;
    return readFile(this.log, "utf8");
  }
}

/**
 * Reports a fault at one call.
 *
 * @param {string} call Name of a system call.
 * @param {string} fault A name of errno, or `SIGKILL`.
 * @param {number} when Which of the calls of that name, counted from 1 in each thread.
 * @param {string[]} paths Only calls that concern one of these files, which need not exist; all if empty.
 */
export function injection(call, fault, when, paths) {
  const what = fault.startsWith("SIG") ? `signal=${fault}` : `error=${fault}`;
  const only = paths.flatMap((path) => ["-P", path]);
  return [...only, "-e", `trace=${call}`, "-e", `inject=${call}:${what}:when=${when}`];
}
