// Measures one workload on one library, once, and prints the figures as JSON. Each repeat is a
// process of its own, so that no run inherits the heap, the compiled code or the files of another.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { adapterNamed, load, versionOf } from "./adapters/index.mjs";
import { workloadNamed } from "./workloads/index.mjs";

/** @typedef {import("./workloads/index.mjs").Workload} Workload */
/** @typedef {import("./workloads/index.mjs").Scene} Scene */

/** The share of the work that is done before the timed run. */
const WARM_SHARE = 0.15;

/** Operations after which the compiler has seen enough of what takes a microsecond. */
const WARM_FAST = 100_000;

/** No run is smaller: the predecessor's batches have edges that smaller ones would miss. */
const SMALLEST = 100;

const NANOSECONDS_PER_MICROSECOND = 1000;

const [adapterName = "", workloadName = "", scaleText, root = ""] = process.argv.slice(2);
const scale = Number(scaleText);
const workload = workloadNamed(workloadName);
const adapter = adapterNamed(adapterName);
const library = await load(adapter);
const share = workload.shares?.[adapter.name] ?? adapter.share ?? 1;
const full = workload.size * (workload.figure ? 1 : share);

/** @param {number} size */
const scaled = (size) => Math.round(Math.max(Math.min(SMALLEST, size), size * scale));

/**
 * @param {string} base
 * @returns {Promise<Scene["store"]>}
 */
async function openAt(base) {
  const { stack, queue, needs } = workload;
  const store = await library.open({ stack, base, options: adapter.options, queue });
  const missing = needs.find((need) => need !== "rich" && need !== "below" && !(need in store));
  if (missing) throw new Error(`The adapter ${adapter.name} lacks ${missing}.`);
  // What is not needed may be missing; workloads keep to what they need.
  return /** @type {Scene["store"]} */ (store);
}

/**
 * @param {Scene} scene
 * @returns {Promise<{ value: number, cpu?: number, result?: unknown }>}
 */
async function takeFigures(scene) {
  globalThis.gc?.();
  if (workload.figure) return { value: await workload.figure(scene) };
  const cpuBefore = process.cpuUsage();
  const before = process.hrtime.bigint();
  const result = await workload.measure?.(scene);
  const wall = Number(process.hrtime.bigint() - before);
  const cpu = process.cpuUsage(cpuBefore);
  const operations = scene.size;
  return {
    value: wall / NANOSECONDS_PER_MICROSECOND / operations,
    cpu: (cpu.user + cpu.system) / operations,
    result,
  };
}

/**
 * @param {Scene} scene
 * @param {boolean} verified
 */
async function runOn(scene, verified) {
  await workload.prepare?.(scene);
  const { result, ...figures } = await takeFigures(scene);
  if (verified) {
    await workload.answers?.(scene, result);
    await workload.check?.(scene);
  }
  return figures;
}

/** Stores that outlive their process are closed, opened again and checked once more. */
async function closeAndReopen(/** @type {Scene} */ scene) {
  if (workload.abandoned) return;
  await scene.store.close();
  if (workload.stack === "memory" || !workload.check) return;
  scene.store = await openAt(scene.base);
  await workload.check(scene);
  await scene.store.close();
}

/**
 * @param {number} size
 * @param {{ verified: boolean, warm: number }} how `warm`: operations before, in the same store
 */
async function runInFreshStore(size, { verified, warm }) {
  const base = await mkdtemp(join(root, "run-"));
  try {
    let store = await openAt(base);
    const sceneOf = (/** @type {number} */ size, /** @type {string} */ folder) => {
      return {
        store,
        size,
        scale: size / workload.size,
        state: undefined,
        adapter,
        base,
        folder,
        reopen: () => openAt(base),
      };
    };
    if (warm > 0) {
      const before = sceneOf(warm, "warm");
      await runOn(before, false);
      store = before.store;
    }
    const scene = sceneOf(size, "bench");
    const figures = await runOn(scene, verified);
    await closeAndReopen(scene);
    return figures;
  } finally {
    await empty(base);
  }
}

/** The folder itself stays until the run has ended: the next one then goes elsewhere on the disk. */
async function empty(/** @type {string} */ folder) {
  for (const name of await readdir(folder))
    await rm(join(folder, name), { recursive: true, force: true });
}

/** How much of the work warms the compiler; nothing for what is measured cold. */
function warmSize() {
  if (workload.warm !== undefined) return scaled(Math.min(workload.warm, full));
  const fast = workload.stack === "fs" || workload.stack === "database" ? 0 : WARM_FAST;
  return scaled(Math.round(Math.min(full, Math.max(fast, full * WARM_SHARE))));
}

/**
 * An application has one store in memory for as long as it runs, and the engine compiles code for
 * what it has seen there. Only listings and the memory taken would show what warming left.
 */
const warmsInPlace =
  workload.stack === "memory" && !workload.figure && !workload.needs.includes("keys");

const warm = warmSize();
if (warm > 0 && !warmsInPlace) await runInFreshStore(warm, { verified: false, warm: 0 });
const size = scaled(full);
const figures = await runInFreshStore(size, { verified: true, warm: warmsInPlace ? warm : 0 });
const line = JSON.stringify({ ...figures, size, version: versionOf(adapter) });
// An abandoned queue still has its timer.
process.stdout.write(line, () => process.exit());
