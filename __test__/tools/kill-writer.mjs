// The end of a program that was killed while it wrote.
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";

/**
 * Kills a program that prints the number of each write, in a line, once it is acknowledged.
 *
 * @param {ReturnType<typeof import("./child.mjs").start>} writer
 * @param {number} first The number of its first write.
 * @param {number} life Longest time in milliseconds between the first write and the kill.
 * @returns {Promise<number>} The number of its last acknowledged write.
 */
export async function killWriter(writer, first, life) {
  await writer.line(String(first));
  await delay(Math.random() * life);
  writer.process.kill("SIGKILL");
  const { signal, stdout } = await writer.end();
  expect(signal).toBe("SIGKILL");
  // Behind the last line break there may be half a number.
  return Number(stdout.slice(0, stdout.lastIndexOf("\n")).split("\n").at(-1));
}
