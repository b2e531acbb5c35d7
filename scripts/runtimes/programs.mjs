// The programs of __test__/ in one runtime, and what they report.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countsOfTap } from "../counts.mjs";
import { ROOT, run } from "../process.mjs";

/** Longest time of a program in milliseconds, on a slow and busy machine: past it, it hangs. */
const DEADLINE = 900_000;

/** The checks of the whole API. */
export const PROGRAM = join(ROOT, "__test__", "runtimes", "program.cjs");

/** A thousand workers, at full measure. */
export const STORM = join(ROOT, "__test__", "runtimes", "storm.cjs");

/**
 * Runs a program that reports in the form of TAP, shows what failed, and counts.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function runReporting(command, args, env) {
  const how = { env, capture: true, captureErrors: true, deadline: DEADLINE };
  const { code, stdout, stderr } = await run(command, args, how);
  const counts = countsOfTap(stdout, code);
  const shown = stdout.split("\n").filter((line) => /^(not ok|# )|# SKIP/.test(line));
  for (const line of shown) console.log(`  ${line}`);
  if (counts.failed > 0) console.log(`  ended with code ${code}\n${stderr}`);
  return counts;
}

/**
 * Gives `use` an empty folder, and removes it afterwards.
 *
 * @template T
 * @param {(folder: string) => Promise<T>} use
 */
export async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "stowage-runtime-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
