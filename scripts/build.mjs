// Builds the native library and puts it where binding.js looks first: beside it.
//
//   node scripts/build.mjs [--release] [-- options of `napi build`]
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PlainError, ROOT, run, runAsProgram, runOrFail } from "./process.mjs";

const RUSTUP = "https://rustup.rs";

/** The oldest Node releases, one per line of development, that can run @napi-rs/cli 3. */
const NAPI_CLI_NODE = [
  [20, 17],
  [22, 13],
  [23, 5],
];

/**
 * Builds the library.
 *
 * @param {{ release?: boolean, napiArgs?: string[] }} [options] `release` takes the slow profile
 *   that is shipped; the default is the `quick` one of Cargo.toml. `napiArgs` go to `napi build`
 *   as they are (for example `--target`).
 */
export async function build({ release = false, napiArgs = [] } = {}) {
  await checkToolchain();
  const profile = release ? "release" : "quick";
  if (canRunNapiCli(process.versions.node)) return buildWithNapi(profile, napiArgs);
  if (napiArgs.length > 0) {
    throw new PlainError(
      `Node ${process.versions.node} is too old for the options of \`napi build\`.`,
    );
  }
  return buildWithCargo(profile);
}

/** The whole build: library, binding.js and binding.d.ts. */
async function buildWithNapi(/** @type {string} */ profile, /** @type {string[]} */ extra) {
  const cli = join(ROOT, "node_modules", "@napi-rs", "cli", "dist", "cli.js");
  const files = ["--platform", "--js", "binding.js", "--dts", "binding.d.ts"];
  await runOrFail(process.execPath, [cli, "build", ...files, "--profile", profile, ...extra]);
}

/** The library alone, for a Node too old for the CLI: the generated files are in the repository. */
async function buildWithCargo(/** @type {string} */ profile) {
  await runOrFail("cargo", ["build", "--lib", "--profile", profile]);
  const target = await targetDirectory();
  const library = join(target, profile, libraryName(process.platform));
  await copyFile(library, join(ROOT, `stowage.${platformTriple()}.node`));
}

/** @returns {Promise<string>} Where Cargo puts what it builds. */
async function targetDirectory() {
  const args = ["metadata", "--no-deps", "--format-version", "1"];
  const metadata = JSON.parse(await runOrFail("cargo", args, { capture: true }));
  return metadata.target_directory;
}

/** Refuses to start without a usable toolchain, and says in one sentence what to do. */
async function checkToolchain() {
  const needed = await rustVersionNeeded();
  const cargo = await run("cargo", ["--version"], { capture: true });
  const rustc = await run("rustc", ["--version"], { capture: true });
  if (cargo.code !== 0 || rustc.code !== 0) {
    throw new PlainError(
      `Building Stowage needs Rust ${needed} or newer, and \`cargo\` was not found: install it from ${RUSTUP} and run this again.`,
    );
  }
  const found = rustc.stdout.split(" ")[1] ?? "unknown";
  if (isOlder(found, needed)) {
    throw new PlainError(
      `Building Stowage needs Rust ${needed} or newer, and this is ${found}: run \`rustup update\` (${RUSTUP}) and run this again.`,
    );
  }
}

async function rustVersionNeeded() {
  const manifest = await readFile(join(ROOT, "Cargo.toml"), "utf8");
  const match = /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest);
  if (!match?.[1]) throw new PlainError("Cargo.toml does not say which `rust-version` it needs.");
  return match[1];
}

/**
 * Compares versions by their leading numbers, so that `1.90.0-nightly` counts as 1.90.0.
 *
 * @param {string} found
 * @param {string} needed
 */
export function isOlder(found, needed) {
  const [a, b] = [found, needed].map((text) =>
    text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0),
  );
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** @param {string} version Of Node, as in `process.versions.node`. */
export function canRunNapiCli(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const line = NAPI_CLI_NODE.find(([lineMajor]) => lineMajor === major);
  if (line) return minor >= (line[1] ?? 0);
  return major > 23;
}

/** @param {NodeJS.Platform} platform */
function libraryName(platform) {
  if (platform === "win32") return "stowage.dll";
  return platform === "darwin" ? "libstowage.dylib" : "libstowage.so";
}

/** The name of this platform in file and package names, as napi-rs spells it. */
export function platformTriple() {
  const { platform, arch } = process;
  if (platform === "win32") return `win32-${arch}-msvc`;
  if (platform !== "linux") return `${platform}-${arch}`;
  if (arch === "arm") return "linux-arm-gnueabihf";
  return `linux-${arch}-${usesMusl() ? "musl" : "gnu"}`;
}

/** Node reports the version of glibc it runs on; there is none on musl. */
function usesMusl() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return report.header.glibcVersionRuntime === undefined;
}

await runAsProgram(import.meta.url, () => {
  const args = process.argv.slice(2);
  const split = args.indexOf("--");
  const own = split < 0 ? args : args.slice(0, split);
  const unknown = own.find((argument) => argument !== "--release");
  if (unknown)
    throw new PlainError(
      `Unknown option ${unknown}. Known: --release, -- <options of napi build>.`,
    );
  return build({
    release: own.includes("--release"),
    napiArgs: split < 0 ? [] : args.slice(split + 1),
  });
});
