// Windows with Node in them, and what they say.
"use strict";

const { join } = require("node:path");
const { BrowserWindow, ipcMain } = require("electron");

/** The page; it runs `renderer.cjs`. */
const PAGE = join(__dirname, "renderer.html");

/**
 * @typedef {object} Window
 * @property {import("electron").BrowserWindow} browser
 * @property {string} folder
 * @property {Promise<number>} finished How many checks failed, once the program has run.
 * @property {(line: string) => Promise<void>} says Waits until the page says the line anew.
 */

/**
 * Opens a window that does what is called `task` in `renderer.cjs`.
 *
 * @param {string} folder
 * @param {string} task
 * @returns {Window}
 */
function openWindow(folder, task) {
  const browser = new BrowserWindow({
    show: false,
    webPreferences: { nodeIntegration: true, contextIsolation: false, sandbox: false },
  });
  const waiting = new Map();
  ipcMain.on("line", (_event, line) => {
    console.log(line);
    waiting.get(line)?.();
  });
  const finished = new Promise((resolve) =>
    ipcMain.on("finished", (_event, failed) => resolve(failed)),
  );
  const says = (line) => new Promise((resolve) => waiting.set(line, resolve));
  const window = { browser, folder, finished, says };
  load(window, task);
  return window;
}

const load = ({ browser, folder }, task) => browser.loadFile(PAGE, { query: { folder, task } });

/** Leaves the page in the middle of what it does; the process stays, its environment does not. */
async function reload(window, task) {
  // A page that is left before it has loaded rejects; the next one tells.
  load(window, task).catch(() => {});
}

module.exports = { openWindow, reload };
