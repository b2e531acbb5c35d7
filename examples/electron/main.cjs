// The main process owns the storage. Windows read and write through a few named operations, and
// hear of changes.
const { join } = require("node:path");
const { app, BrowserWindow, ipcMain } = require("electron");
const { createStorage, prefixStorage } = require("stowage");
const fsDriver = require("stowage/drivers/fs");
const queueDriver = require("stowage/drivers/queue");

/** Opens the storage: settings at once on disk, window state behind a queue. */
function openStorage() {
  const base = join(app.getPath("userData"), "storage");
  const storage = createStorage();
  storage.mount("settings", fsDriver({ base: join(base, "settings") }));
  storage.mount("windows", queueDriver({ driver: fsDriver({ base: join(base, "windows") }) }));
  return storage;
}

/** @param {import("stowage").Storage} storage */
function serveSettings(storage) {
  // A window sees the settings and nothing else.
  const settings = prefixStorage(storage, "settings");
  ipcMain.handle("settings:get", (_event, key) => settings.getItem(String(key)));
  ipcMain.handle("settings:set", (_event, key, value) => settings.setItem(String(key), value));
}

/** @param {import("stowage").Storage} storage */
function forwardChanges(storage) {
  return storage.watch("settings", (event, key) => {
    for (const window of BrowserWindow.getAllWindows()) {
      if (!window.webContents.isDestroyed())
        window.webContents.send("settings:changed", event, key);
    }
  });
}

/** Quitting waits until the queue is on disk. @param {import("stowage").Storage} storage */
function flushBeforeQuit(storage) {
  let done = false;
  app.on("before-quit", (event) => {
    if (done) return;
    event.preventDefault();
    storage.dispose().finally(() => {
      done = true;
      app.quit();
    });
  });
}

app.whenReady().then(async () => {
  const storage = openStorage();
  serveSettings(storage);
  await forwardChanges(storage);
  flushBeforeQuit(storage);
  const window = new BrowserWindow({ webPreferences: { preload: join(__dirname, "preload.cjs") } });
  window.webContents.on("did-finish-load", () => storage.setItem("windows:main", { shown: true }));
  await window.loadFile("index.html");
  await storage.setItem("settings:theme", "dark");
  console.log(await storage.getKeys("settings")); // → [ 'settings:theme' ]
  if (process.argv.includes("--quit") || !process.versions.electron) app.quit();
});
