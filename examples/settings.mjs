// Settings with defaults: read synchronously at start, stored as files, watched.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";

const DEFAULTS = { theme: "light", fontSize: 14 };

const base = mkdtempSync(join(tmpdir(), "stowage-settings-"));
const storage = createStorage({ driver: fsDriver({ base }) });

/** @param {keyof typeof DEFAULTS} name */
const setting = (name) => storage.getItemSync(`settings:${name}`) ?? DEFAULTS[name];

console.log(setting("theme")); // → light

await storage.watch("settings", (event, key) => console.log(event, key));
await storage.setItem("settings:theme", "dark"); // → update settings:theme
console.log(setting("theme"), setting("fontSize")); // → dark 14

await storage.dispose();
rmSync(base, { recursive: true });
