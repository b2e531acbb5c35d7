// Tries what it may not do, without the rights of root, and prints the code of each failure.
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";

const NOBODY = 65534;
const [base] = process.argv.slice(2);
const storage = createStorage({ driver: fs({ base }) });
await storage.getKeys();
if (process.getuid() === 0) process.seteuid(NOBODY);

/** The outcome of a call: the code of its failure, or what it gave. */
async function outcome(call) {
  try {
    return { value: await call() };
  } catch (error) {
    return { code: error.code, name: error.name, key: error.key };
  }
}

const outcomes = {
  getItem: await outcome(() => storage.getItem("secret")),
  getItemSync: await outcome(() => storage.getItemSync("secret")),
  getItems: await outcome(() => storage.getItems(["secret"])),
  setItem: await outcome(() => storage.setItem("new", 1)),
  setItemSync: await outcome(() => storage.setItemSync("new", 1)),
  removeItem: await outcome(() => storage.removeItem("secret")),
  removeItemSync: await outcome(() => storage.removeItemSync("secret")),
};
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
