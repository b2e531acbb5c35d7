import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const CHILDREN = join(dirname(fileURLToPath(import.meta.url)), "children");

/** How a child process ended. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** A running child script: its lines as they come, and its end. */
export interface Child {
  process: ChildProcess;
  lines: AsyncIterable<string>;
  ended: Promise<Ended>;
}

/** The full path of a script in `children/`. */
export const childScript = (name: string) => join(CHILDREN, name);

/** Starts `children/<name>` in a Node of its own. */
export function startChild(name: string, args: string[] = [], options: SpawnOptions = {}): Child {
  return startCommand(process.execPath, [childScript(name), ...args], options);
}

/** Starts any program. Its standard output is read line by line. */
export function startCommand(command: string, args: string[], options: SpawnOptions = {}): Child {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  if (!child.stdout || !child.stderr) throw new Error("The child has no pipes.");
  // A test that fails must not leave its child behind.
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stderr }));
  });
  return { process: child, lines: createInterface({ input: child.stdout }), ended };
}

/**
 * Runs `children/<name>` to its end and returns the JSON in its last line.
 * Throws if the child failed or printed nothing.
 */
export async function runChild<T>(name: string, args: string[] = [], options: SpawnOptions = {}) {
  return jsonOf<T>(startChild(name, args, options));
}

/** The JSON in the last line that a child prints. */
export async function jsonOf<T>(child: Child): Promise<T> {
  let last: string | undefined;
  for await (const line of child.lines) last = line;
  const end = await child.ended;
  if (end.code !== 0 || last === undefined) {
    throw new Error(`The child ended with ${end.code ?? end.signal}: ${end.stderr}`);
  }
  return JSON.parse(last) as T;
}
