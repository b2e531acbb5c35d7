import { afterEach } from "vitest";

/**
 * Collects uncaught exceptions instead of letting the test runner fail on them. Whoever calls this
 * must look at what came: the tests that use it are about exceptions that have to surface.
 */
export function catchUncaught() {
  const previous = process.listeners("uncaughtException");
  const seen: unknown[] = [];
  const waiting: Array<() => void> = [];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => {
    seen.push(error);
    for (const wake of waiting.splice(0)) wake();
  });
  const stop = () => {
    process.removeAllListeners("uncaughtException");
    for (const listener of previous) process.on("uncaughtException", listener);
  };
  return {
    seen,
    stop,
    /** Resolves once `count` exceptions have come. */
    async count(count: number) {
      while (seen.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

/** {@link catchUncaught} for the length of a test. */
export function uncaughtInTest(): () => ReturnType<typeof catchUncaught> {
  let running: ReturnType<typeof catchUncaught> | undefined;
  afterEach(() => {
    running?.stop();
    running = undefined;
  });
  return () => {
    running = catchUncaught();
    return running;
  };
}
