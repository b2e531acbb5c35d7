// Every way in which an app ends, with writes, watchers, a queue and a worker thread under way.
"use strict";

const { join } = require("node:path");
const { Worker } = require("node:worker_threads");
const electron = require("electron");
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");
const { openWindow, reload } = require("./window.cjs");
const { openQueue, work } = require("./work.cjs");

const { app } = electron;

/** Acknowledged writes before an app ends itself. */
const ENOUGH = 100;

const print = (line) => console.log(line);

/** Flushes a queue before the app quits, as docs/electron.md says. */
function flushBeforeQuit(queue) {
  let flushed = false;
  app.on("before-quit", (event) => {
    if (flushed) return;
    event.preventDefault();
    queue.dispose().finally(() => {
      flushed = true;
      app.quit();
    });
  });
}

/** Works, and calls `end` in the middle of it. */
function workUntil(folder, end) {
  flushBeforeQuit(openQueue(folder));
  const worker = new Worker(join(__dirname, "worker.cjs"), {
    workerData: { folder: `${folder}/worker` },
  });
  worker.on("error", (error) => console.error(error));
  return work(folder, (line) => {
    print(line);
    if (line === `acknowledged item:${ENOUGH}`) end();
  });
}

/** The main process outlives another one, and reads what that one had stored. */
async function readAfter(folder, line) {
  const storage = createStorage({ driver: fs({ base: `${folder}/data` }) });
  const key = line.replace("acknowledged ", "");
  const value = await storage.getItem(key);
  print(value?.key === key ? "main reads it" : `main reads ${JSON.stringify(value)}`);
  await storage.dispose();
}

const lastWord = `acknowledged item:${ENOUGH}`;

/** A window dies by `kill`, the app goes on, the window works again, and the app quits. */
async function outlivesWindow(folder, kill) {
  const window = openWindow(folder, "work");
  await window.says(lastWord);
  const gone = new Promise((resolve) =>
    window.browser.webContents.once("render-process-gone", resolve),
  );
  kill(window.browser);
  await gone;
  await readAfter(folder, lastWord);
  await reload(window, "work");
  await window.says(lastWord);
  window.browser.destroy();
  app.quit();
}

const endings = {
  quit: (folder) => workUntil(folder, () => app.quit()),
  exit: (folder) => workUntil(folder, () => app.exit(7)),
  "process.exit": (folder) => workUntil(folder, () => process.exit(7)),
  crash: (folder) => workUntil(folder, () => process.crash()),
  /** Ends by a signal of the test. */
  wait: (folder) => workUntil(folder, () => print("enough")),

  "renderer killed": (folder) =>
    outlivesWindow(folder, ({ webContents }) =>
      process.kill(webContents.getOSProcessId(), "SIGKILL"),
    ),

  "renderer crashed": (folder) =>
    outlivesWindow(folder, ({ webContents }) => webContents.forcefullyCrashRenderer()),

  /** A window is closed in the middle of its work. */
  async "window closed"(folder) {
    const window = openWindow(folder, "work");
    await window.says(lastWord);
    window.browser.destroy();
    await readAfter(folder, lastWord);
    app.quit();
  },

  async "utility process killed"(folder) {
    const child = electron.utilityProcess.fork(join(__dirname, "utility.cjs"), [folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    const spoken = new Promise((resolve) =>
      child.stdout.on("data", (text) => {
        process.stdout.write(text);
        said += text;
        if (said.includes(`${lastWord}\n`)) resolve();
      }),
    );
    await spoken;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    process.kill(child.pid, "SIGKILL");
    await ended;
    await readAfter(folder, lastWord);
    app.quit();
  },
};

module.exports = { endings };
