// As much of Electron as the examples use, in plain Node. Both sides of IPC are one process here.

const { EventEmitter } = require("node:events");
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

class App extends EventEmitter {
  #userData = "";

  getPath() {
    if (this.#userData === "") {
      this.#userData = mkdtempSync(join(tmpdir(), "stowage-electron-"));
      process.on("exit", () => rmSync(this.#userData, { recursive: true, force: true }));
    }
    return this.#userData;
  }

  whenReady() {
    return Promise.resolve();
  }

  /** As Electron does: a listener of `before-quit` may prevent it, and try again later. */
  quit() {
    let prevented = false;
    const event = {
      preventDefault() {
        prevented = true;
      },
    };
    this.emit("before-quit", event);
    if (prevented) return;
    this.emit("will-quit", event);
    process.exit();
  }
}

/** @type {Map<string, (event: object, ...args: any[]) => unknown>} */
const handlers = new Map();
/** @type {BrowserWindow[]} */
const windows = [];

class BrowserWindow extends EventEmitter {
  webContents = Object.assign(new EventEmitter(), {
    isDestroyed: () => false,
    /** @type {(channel: string, ...args: unknown[]) => unknown} */
    send: (channel, ...args) => ipcRenderer.emit(channel, {}, ...args),
  });

  constructor() {
    super();
    windows.push(this);
  }

  static getAllWindows() {
    return [...windows];
  }

  async loadFile() {
    this.webContents.emit("did-finish-load");
  }
}

const ipcMain = {
  /** @type {(channel: string, handler: (event: object, ...args: any[]) => unknown) => unknown} */
  handle: (channel, handler) => handlers.set(channel, handler),
};

const ipcRenderer = Object.assign(new EventEmitter(), {
  /** @type {(channel: string, ...args: unknown[]) => Promise<unknown>} */
  async invoke(channel, ...args) {
    const handler = handlers.get(channel);
    if (!handler) throw new Error(`No handler registered for '${channel}'`);
    return structuredClone(await handler({}, ...structuredClone(args)));
  },
});

const contextBridge = {
  /** @type {(name: string, api: object) => void} */
  exposeInMainWorld: (name, api) => {
    Object.assign(globalThis, { [name]: api });
  },
};

module.exports = { BrowserWindow, app: new App(), contextBridge, ipcMain, ipcRenderer };
