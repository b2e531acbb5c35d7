// Stored data that moves with the app's version. Each step is committed when it is done, so a run
// that fails goes on where it stopped.
import { createStorage } from "stowage";
import memoryDriver from "stowage/drivers/memory";

const driver = memoryDriver();

const old = createStorage({ driver });
await old.setItem("user", "Ada Lovelace");

const storage = createStorage({
  driver,
  version: 2,
  migrations: {
    1: async (storage) => {
      const name = await storage.getItem("user");
      await storage.setItem("user", { name });
    },
    2: async (storage) => {
      const { name } = /** @type {{ name: string }} */ (await storage.getItem("user"));
      const [first, last] = name.split(" ");
      await storage.setItem("user", { first, last });
    },
  },
  migrationHooks: {
    afterMigration: (from, to) => console.log(`${from} to ${to}`),
  },
});

await storage.migrate(); // → 0 to 2
await storage.migrate(); // Nothing is left to do.
console.log(await storage.getItem("user")); // → { first: 'Ada', last: 'Lovelace' }
console.log(await storage.getStorageVersion()); // → 2
