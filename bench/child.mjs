// Measures one workload on one library, once, and prints the figures as JSON. Each repeat is a
// process of its own, so that no run inherits the heap, the compiled code or the files of another.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adapterNamed } from "./adapters/index.mjs";
import { workloadNamed } from "./workloads/index.mjs";

/** The share of the work that is done once, untimed, before the timed run: it warms the compiler. */
const WARM_UP = 0.1;

/** A queue that flushes only when it is told to. */
const PATIENT = { batchSize: 1_000_000, maxQueueSize: 1_000_000, flushInterval: 600_000 };

/**
 * @param {import("./adapters/index.mjs").Library} library
 * @param {string} stack
 * @param {string} base
 */
function open(library, stack, base) {
  const { createStorage, drivers, fsOptions } = library;
  if (stack === "memory") return createStorage({ driver: drivers.memory() });
  const fs = drivers.fs({ base, ...fsOptions });
  return createStorage({ driver: stack === "fs" ? fs : drivers.queue({ driver: fs, ...PATIENT }) });
}

/**
 * @param {import("./workloads/index.mjs").Workload} workload
 * @param {import("./workloads/index.mjs").Scene} scene
 */
async function runOnce(workload, scene) {
  await workload.prepare?.(scene);
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  const result = await workload.measure(scene);
  const wall = Number(process.hrtime.bigint() - before);
  const cpu = process.cpuUsage(cpuBefore);
  await workload.verify(scene, result);
  return { wall: wall / scene.size, cpu: ((cpu.user + cpu.system) * 1000) / scene.size };
}

/**
 * @param {import("./adapters/index.mjs").Library} library
 * @param {import("./workloads/index.mjs").Workload} workload
 * @param {number} size
 */
async function runInFreshStorage(library, workload, size) {
  const base = await mkdtemp(join(tmpdir(), "stowage-bench-"));
  const storage = open(library, workload.stack, base);
  try {
    return await runOnce(workload, { storage, size, state: undefined });
  } finally {
    if (!workload.abandoned) await storage.dispose();
    await rm(base, { recursive: true, force: true });
  }
}

const [adapterName, workloadName, scale] = process.argv.slice(2);
const workload = workloadNamed(/** @type {string} */ (workloadName));
const library = await adapterNamed(/** @type {string} */ (adapterName)).load();
const size = Math.max(100, Math.round(workload.size * Number(scale)));
await runInFreshStorage(library, workload, Math.max(100, Math.round(size * WARM_UP)));
const figures = await runInFreshStorage(library, workload, size);
const line = JSON.stringify({ ...figures, size, version: library.version });
// An abandoned queue still has its timer.
process.stdout.write(line, () => process.exit());
