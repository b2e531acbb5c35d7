// How long timers wait while something else goes on.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Milliseconds in which what came before comes to rest. */
const PAUSE = 20;

/**
 * The 99th percentile of how late timers ran during `work`, in milliseconds.
 *
 * @param {() => unknown} work
 * @returns {Promise<[number, any]>} It, and what `work` gave.
 */
export async function delayDuring(work) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  // The first timer starts the count.
  await pause(PAUSE);
  delays.enable();
  await pause(1);
  const result = await work();
  // A timer that is late because of the last step is still to run.
  await pause(2);
  delays.disable();
  return [delays.percentile(99) / NANOSECONDS_PER_MILLISECOND, result];
}
