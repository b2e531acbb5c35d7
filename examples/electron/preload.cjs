// Runs in the sandbox of a window, where native code cannot be loaded: it only passes messages on.
const { contextBridge, ipcRenderer } = require("electron");

contextBridge.exposeInMainWorld("settings", {
  /** @param {string} key */
  get: (key) => ipcRenderer.invoke("settings:get", key),
  /** @type {(key: string, value: unknown) => Promise<void>} */
  set: (key, value) => ipcRenderer.invoke("settings:set", key, value),
  /** @param {(event: "update" | "remove", key: string) => void} listener */
  onChange: (listener) => {
    ipcRenderer.on("settings:changed", (_event, event, key) => listener(event, key));
  },
});
