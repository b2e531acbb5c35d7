// Where downloaded runtimes are kept: outside the clone, so that the next clone finds them.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { PlainError, run } from "../process.mjs";

/** Longest time of one step of a download, in milliseconds. */
export const PATIENCE = 300_000;

function cacheFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(process.env.STOWAGE_TOOLS || join(cache, "stowage-tools"), "runtimes");
}

/**
 * Gives a folder of the cache; fills it when it is not there. A folder that is there is complete:
 * it gets its name last.
 *
 * @param {string} name
 * @param {(folder: string) => Promise<void>} fill Is given an empty folder.
 * @returns {Promise<string>}
 */
export async function cached(name, fill) {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    await fill(partial);
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Runs a step of a download. Throws with what it wrote, which is the reason.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
export async function step(command, args, cwd) {
  const how = { cwd, capture: true, captureErrors: true, deadline: PATIENCE };
  const { code, stderr } = await run(command, args, how);
  if (code === 0) return;
  const reason = stderr.trim().split("\n").slice(-3).join(" / ");
  throw new PlainError(`\`${command} ${args.join(" ")}\` ended with code ${code}: ${reason}`);
}

/**
 * Fails unless the program says that it is the version that was asked for.
 *
 * @param {string} executable
 * @param {string} version
 * @param {string[]} args Make it print its version.
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function checkVersion(executable, version, args, env) {
  const how = { env, capture: true, captureErrors: true, deadline: PATIENCE };
  const { code, stdout, stderr } = await run(executable, args, how);
  if (code !== 0) throw new PlainError(`it does not start: ${stderr.trim()}`);
  if (!stdout.split(/[\sv]+/).includes(version)) {
    throw new PlainError(`it is ${stdout.trim()}, and not ${version}`);
  }
}
