// Starting other programs: the one place that knows how platforms differ in it.
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root folder of the repository. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A failure that is explained by its message alone: it is printed without a stack. */
export class PlainError extends Error {}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] Working directory; the repository by default.
 * @property {NodeJS.ProcessEnv} [env] Variables added to the inherited ones.
 * @property {boolean} [capture] Keep standard output instead of showing it.
 * @property {boolean} [tee] Keep standard output and show it too.
 * @property {boolean} [captureErrors] Keep standard error instead of showing it.
 * @property {number} [deadline] Milliseconds after which it is killed; never by default.
 * @property {boolean} [shell] Start through the shell, as `.cmd` files on Windows need.
 */

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} What was kept of the output.
 *   `code` is 128 when a signal ended it, and 127 when the program was not found.
 */
export function run(command, args, options = {}) {
  const keep = options.capture === true || options.tee === true;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      shell: options.shell === true,
      stdio: ["ignore", keep ? "pipe" : "inherit", options.captureErrors ? "pipe" : "inherit"],
      timeout: options.deadline,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk) => {
      stdout += chunk;
      if (options.tee) process.stdout.write(chunk);
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", (error) => {
      if ("code" in error && error.code === "ENOENT") {
        resolve({ code: 127, stdout, stderr: error.message });
      } else reject(error);
    });
    child.on("close", (code) => resolve({ code: code ?? 128, stdout, stderr }));
  });
}

/**
 * Runs a program and fails unless it succeeds.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} What it wrote, when `capture` or `tee` is set.
 */
export async function runOrFail(command, args, options) {
  const { code, stdout } = await run(command, args, options);
  if (code !== 0) {
    throw new PlainError(`\`${command} ${args.join(" ")}\` ended with code ${code}.`);
  }
  return stdout;
}

/**
 * Runs npm: the one that started us, where there is one.
 *
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  if (script && /\.c?js$/.test(script))
    return runOrFail(process.execPath, [script, ...args], options);
  return runOrFail("npm", args, { ...options, shell: process.platform === "win32" });
}

/**
 * Runs `main` when the module at `url` was started directly, and turns a failure into an exit
 * code. The code is set, not forced, so that buffered output is written.
 *
 * @param {string} url `import.meta.url` of the caller.
 * @param {() => Promise<unknown>} main
 */
export async function runAsProgram(url, main) {
  const started = process.argv[1];
  if (!started || fileURLToPath(url) !== realpathSync(started)) return;
  try {
    await main();
  } catch (error) {
    console.error(error instanceof PlainError ? error.message : error);
    process.exitCode = 1;
  }
}
