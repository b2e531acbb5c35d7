// A worker thread of the main process: it runs the checks, or works until it is ended.
"use strict";

const { parentPort, workerData } = require("node:worker_threads");

const say = (line) => parentPort.postMessage(line);

if (workerData?.folder) require("./work.cjs").work(workerData.folder, say);
else {
  const program = require("../runtimes/program.cjs");
  program.main(say).then((failed) => parentPort.postMessage({ failed }));
}
