// The program of checks in each kind of process that Electron has. Its report goes to standard
// output, whatever process made it.
"use strict";

const { join } = require("node:path");
const { Worker } = require("node:worker_threads");
const electron = require("electron");
const program = require("../runtimes/program.cjs");
const { storm } = require("../runtimes/storm.cjs");
const { openWindow, reload } = require("./window.cjs");

const { app } = electron;

/** Times that a window is loaded again with work under way, before the checks run in it. */
const RELOADS = 8;

/** Rounds of workers, and how many there are in each. */
const STORM = [50, 20];

/** @param {number} failed How many checks failed. */
const finish = (failed) => app.exit(failed === 0 ? 0 : 1);

const hosts = {
  "main process": async () => finish(await program.main((line) => console.log(line))),

  async "worker thread"() {
    const worker = new Worker(join(__dirname, "worker.cjs"));
    worker.on("message", (message) => {
      if (typeof message === "string") console.log(message);
      else finish(message.failed);
    });
    worker.on("error", (error) => {
      console.error(error);
      app.exit(1);
    });
  },

  "1,000 workers": async () => finish(await storm((line) => console.log(line), ...STORM)),

  async "utility process"() {
    const child = electron.utilityProcess.fork(join(__dirname, "utility.cjs"), [], {
      stdio: "inherit",
    });
    child.on("exit", finish);
  },

  async renderer(folder) {
    const window = openWindow(folder, "program");
    finish(await window.finished);
  },

  async "renderer, reloaded with work under way"(folder) {
    const window = openWindow(folder, "work");
    for (let round = 0; round < RELOADS; round += 1) {
      await window.says("acknowledged item:20");
      await reload(window, round < RELOADS - 1 ? "work" : "program");
    }
    finish(await window.finished);
  },
};

module.exports = { hosts };
