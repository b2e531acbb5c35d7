// A folder of its own for each test, removed when the test ends.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/**
 * Makes a new, empty folder and removes it with all it holds when the running test ends.
 *
 * The path is resolved: a link on the way, as macOS has one, would make the paths that events
 * carry differ from those that the test knows.
 *
 * @returns {string} The absolute path.
 */
export function temporaryDirectory() {
  const path = makeDirectory();
  onTestFinished(() => removeDirectory(path));
  return path;
}

/** As `temporaryDirectory`, for callers that remove the folder themselves. */
export function makeDirectory() {
  return realpathSync(mkdtempSync(join(tmpdir(), "stowage-test-")));
}

/**
 * Removes a folder that a process may still be leaving.
 *
 * @param {string} path
 */
export function removeDirectory(path) {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
