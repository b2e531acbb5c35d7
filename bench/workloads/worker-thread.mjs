// One worker of workers.mjs: says when it is ready, waits, works, says when it is done.
import { parentPort, workerData } from "node:worker_threads";
import { adapterNamed, load } from "../adapters/index.mjs";
import { verifySum } from "./checks.mjs";
import { getEachSync, setEachSync } from "./loops.mjs";
import { keysBelow, valuesBelow } from "./values.mjs";

/** @typedef {import("./index.mjs").Scene} Scene */

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const adapter = adapterNamed(workerData.adapter);
const library = await load(adapter);

/** @param {number} sets */
async function sceneOf(sets) {
  const store = await library.open({ stack: "memory", base: "", options: adapter.options });
  const keys = keysBelow("bench", sets);
  const state = { keys, values: valuesBelow(sets), order: keys };
  return /** @type {Scene} */ ({ store, state, adapter, size: sets, scale: 1, base: "" });
}

function work(/** @type {Scene} */ scene) {
  setEachSync(scene);
  return getEachSync(scene);
}

verifySum(...(await warmUp()));
const scene = await sceneOf(workerData.sets);
port.once("message", () => {
  const sum = work(scene);
  port.postMessage("done");
  verifySum(scene, sum);
});
port.postMessage("ready");

/** @returns {Promise<[Scene, number]>} */
async function warmUp() {
  const warm = await sceneOf(workerData.warm);
  return [warm, work(warm)];
}
