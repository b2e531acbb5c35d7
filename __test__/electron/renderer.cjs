// A page with Node: it reports to the main process.
"use strict";

const { ipcRenderer } = require("electron");

const query = new URLSearchParams(globalThis.location.search);
const folder = query.get("folder");
const say = (line) => ipcRenderer.send("line", line);

const TASKS = {
  async program() {
    const program = require("../runtimes/program.cjs");
    ipcRenderer.send("finished", await program.main(say));
  },

  work: () => require("./work.cjs").work(folder, say),
};

TASKS[query.get("task")]().catch((error) => {
  say(`not ok - ${error.stack}`);
  ipcRenderer.send("finished", 1);
});
