// Watches a folder and comes to its end without stopping the watch.
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";

const [base, persistent] = process.argv.slice(2);
const watchOptions = persistent ? { persistent: true } : {};
const storage = createStorage({ driver: fs({ base, watchOptions }) });
await storage.watch((event, key) => process.stdout.write(`${JSON.stringify({ event, key })}\n`));
process.stdout.write('"watching"\n');
