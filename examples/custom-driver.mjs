// A driver of your own. This one keeps everything in one JSON file, rewritten on each change: right
// for a handful of settings that people like to edit by hand.
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage, defineDriver } from "stowage";
import { createRequiredError } from "stowage/drivers/utils";

const NAME = "json-file";

const jsonFile = defineDriver((/** @type {{ path: string }} */ options) => {
  if (!options?.path) throw createRequiredError(NAME, "path");

  /** @returns {Map<string, string>} */
  const load = () => {
    try {
      return new Map(Object.entries(JSON.parse(readFileSync(options.path, "utf8"))));
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return new Map();
      throw error;
    }
  };

  /** @param {Map<string, string>} items */
  const save = (items) => {
    writeFileSync(`${options.path}.new`, JSON.stringify(Object.fromEntries(items), null, 2));
    renameSync(`${options.path}.new`, options.path);
  };

  /** @param {(items: Map<string, string>) => void} change */
  const update = (change) => {
    const items = load();
    change(items);
    save(items);
  };

  // Methods may answer at once or with a promise. The `…Sync` ones must answer at once; here they
  // are the same functions.
  /** @param {string} key */
  const hasItem = (key) => load().has(key);
  /** @param {string} key */
  const getItem = (key) => load().get(key) ?? null;
  const getKeys = () => [...load().keys()];
  /** @type {(key: string, value: string) => void} */
  const setItem = (key, value) => update((items) => items.set(key, value));
  /** @param {string} key */
  const removeItem = (key) => update((items) => items.delete(key));

  return {
    name: NAME,
    options,
    hasItem,
    getItem,
    getKeys,
    setItem,
    removeItem,
    hasItemSync: hasItem,
    getItemSync: getItem,
    getKeysSync: getKeys,
    setItemSync: setItem,
    removeItemSync: removeItem,
  };
});

const folder = mkdtempSync(join(tmpdir(), "stowage-json-"));
const storage = createStorage({ driver: jsonFile({ path: join(folder, "settings.json") }) });

await storage.setItem("theme", "dark");
storage.setItemSync("window", { width: 800 });
console.log(storage.getItemSync("window")); // → { width: 800 }
console.log(await storage.getKeys()); // → [ 'theme', 'window' ]

await storage.dispose();
rmSync(folder, { recursive: true });
