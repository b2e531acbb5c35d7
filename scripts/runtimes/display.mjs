// A screen for Electron where there is none.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { PlainError } from "../process.mjs";

/** Longest time until the screen is there, in milliseconds. */
const PATIENCE = 30_000;

/**
 * Starts a virtual screen.
 *
 * @returns {Promise<{ name: string, close: () => Promise<void> }>} `name` is for `DISPLAY`.
 */
export async function openDisplay() {
  const args = ["-displayfd", "3", "-screen", "0", "800x600x24", "-nolisten", "tcp"];
  const server = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const failed = new Promise((_, reject) => {
    server.once("error", (error) => reject(new PlainError(`there is no Xvfb: ${error.message}`)));
    server.once("exit", (code) => reject(new PlainError(`Xvfb ended with code ${code}`)));
    setTimeout(() => reject(new PlainError("Xvfb does not start")), PATIENCE).unref();
  });
  // Once the screen is there, its end is what `close` asks for.
  failed.catch(() => {});
  const pipe = /** @type {import("node:stream").Readable} */ (server.stdio[3]);
  const [number] = await Promise.race([once(pipe, "data"), failed]);
  return {
    name: `:${String(number).trim()}`,
    close: async () => {
      server.kill();
      await ended;
    },
  };
}
