// Looks for inputs that break what must hold for every input: see docs/design/testing.md.
//
//   node scripts/fuzz.mjs [--quick | --seconds N | --runs N] [--keep] [target ...]
//
// The targets run side by side, each for N seconds (60 by default), or for N inputs that are the same
// every time. `--quick` is what `npm test` runs: 20 seconds, in CI a minute.
// `--keep` adds to fuzz/corpus what reached code that the kept inputs do not reach.
// Ends with one line: `N passed, M failed, K skipped`.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PlainError, ROOT, run, runAsProgram, runOrFail } from "./process.mjs";

const TARGETS = ["keys", "codec", "paths"];

/** Longer inputs tell nothing new and take time. In bytes. */
const MAX_INPUT_BYTES = 512;

const DEFAULT_SECONDS = 60;

/** How long `npm test` may look. */
const QUICK_SECONDS = process.env.CI ? 60 : 20;

/**
 * What tells the fuzzer which code an input reached. These are options of the stable compiler.
 * Address checks would need another one, and find nothing in code without `unsafe`.
 */
const COVERAGE = [
  "-Cpasses=sancov-module",
  ...[
    "-sanitizer-coverage-level=4",
    "-sanitizer-coverage-inline-8bit-counters",
    "-sanitizer-coverage-pc-table",
    "-sanitizer-coverage-trace-compares",
  ].map((option) => `-Cllvm-args=${option}`),
];

/** @typedef {{ limit: string[], keep: boolean }} Plan How long to look, and what becomes of it. */

/**
 * Why there can be no run here; nothing where there can.
 *
 * @returns {Promise<string | undefined>}
 */
async function obstacle() {
  if (process.platform === "win32") return "the fuzzer is not built on Windows";
  const { code } = await run("c++", ["--version"], { capture: true, captureErrors: true });
  return code === 0 ? undefined : "there is no C++ compiler (`c++`), which the fuzzer needs";
}

/** @returns {Promise<string>} The folder of the programs. */
async function build() {
  const version = await runOrFail("rustc", ["-vV"], { capture: true });
  const host = /^host: (.+)$/m.exec(version)?.[1];
  if (!host) throw new PlainError("`rustc -vV` does not say what it compiles for.");
  // With a target named, what runs at build time is not instrumented.
  const manifest = join(ROOT, "fuzz", "Cargo.toml");
  const args = ["build", "--release", "--locked", "--manifest-path", manifest, "--target", host];
  await runOrFail("cargo", args, { env: { RUSTFLAGS: COVERAGE.join(" ") } });
  const folder = process.env.CARGO_TARGET_DIR ?? join(ROOT, "fuzz", "target");
  return join(folder, host, "release");
}

/** @param {string} target One input a line, in Base64. */
const keptFile = (target) => join(ROOT, "fuzz", "corpus", `${target}.txt`);

/**
 * @param {string} target
 * @param {string} folder Gets a file for each kept input.
 */
async function unpack(target, folder) {
  await mkdir(folder);
  const lines = (await readFile(keptFile(target), "utf8")).trimEnd().split("\n");
  await Promise.all(
    lines.map((line, number) =>
      writeFile(join(folder, `kept-${number}`), Buffer.from(line, "base64")),
    ),
  );
}

/**
 * @param {string} target
 * @param {string} folder The inputs to keep, a file each.
 */
async function pack(target, folder) {
  const lines = [];
  for (const name of await readdir(folder)) {
    lines.push((await readFile(join(folder, name))).toString("base64"));
  }
  const text = lines.filter((line) => line !== "").sort();
  await writeFile(keptFile(target), `${text.join("\n")}\n`);
}

/**
 * @param {string} programs
 * @param {string} target
 * @param {Plan} plan
 * @returns {Promise<boolean>} Whether no input broke it.
 */
async function fuzz(programs, target, plan) {
  const folder = await mkdtemp(join(tmpdir(), "stowage-fuzz-"));
  try {
    const inputs = join(folder, "inputs");
    await unpack(target, inputs);
    const program = join(programs, target);
    const limits = [...plan.limit, `-max_len=${MAX_INPUT_BYTES}`, "-print_final_stats=1"];
    const options = { cwd: folder, captureErrors: true, capture: true };
    const { code, stderr } = await run(program, [...limits, inputs], options);
    report(target, code, stderr);
    if (plan.keep && code === 0) {
      const fewest = join(folder, "fewest");
      await mkdir(fewest);
      await runOrFail(program, ["-merge=1", fewest, inputs], options);
      await pack(target, fewest);
    }
    return code === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} target
 * @param {number} code
 * @param {string} output What the fuzzer wrote.
 */
function report(target, code, output) {
  const count = /^stat::number_of_executed_units: *(\d+)/m.exec(output)?.[1] ?? "?";
  console.log(`${target}: ${count} inputs, ${code === 0 ? "all hold" : "one does not"}`);
  if (code === 0) return;
  console.log(output.slice(output.indexOf("panicked at") - 200).slice(0, 4000));
  const input = /^Base64: (.*)$/m.exec(output)?.[1];
  if (input)
    console.log(`To keep it as a test, add this line to fuzz/corpus/${target}.txt: ${input}`);
}

/** @returns {{ targets: string[], plan: Plan }} */
function fromArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      seconds: { type: "string" },
      runs: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.find((name) => !TARGETS.includes(name));
  if (unknown !== undefined) {
    throw new PlainError(`There is no target ${unknown}. There are: ${TARGETS.join(", ")}.`);
  }
  const seconds = values.seconds ?? `${values.quick ? QUICK_SECONDS : DEFAULT_SECONDS}`;
  const limit = values.runs
    ? [`-runs=${number("runs", values.runs)}`, "-seed=1"]
    : [`-max_total_time=${number("seconds", seconds)}`];
  const targets = positionals.length > 0 ? positionals : TARGETS;
  return { targets, plan: { limit, keep: values.keep === true } };
}

/**
 * @param {string} option
 * @param {string} text
 */
function number(option, text) {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new PlainError(`--${option} takes a whole number above 0, not ${text}.`);
  }
  return text;
}

await runAsProgram(import.meta.url, async () => {
  const { targets, plan } = fromArguments();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const reason = await obstacle();
  if (reason === undefined) {
    const programs = await build();
    const outcomes = await Promise.all(targets.map((target) => fuzz(programs, target, plan)));
    for (const holds of outcomes) counts[holds ? "passed" : "failed"]++;
  } else {
    console.log(`SKIPPED: ${reason}`);
    counts.skipped = targets.length;
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (counts.failed > 0) process.exitCode = 1;
});
