// Writes and reads many files in one batch each, to be run with few descriptors allowed.
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";

const [base, count] = process.argv.slice(2);
const storage = createStorage({ driver: fs({ base }) });
const items = Array.from({ length: Number(count) }, (_, n) => ({
  key: `g${n % 50}:k${n}`,
  value: n,
}));
await storage.setItems(items);
const batch = await storage.getItems(items.map(({ key }) => key));
const single = await Promise.all(items.map(({ key }) => storage.getItem(key)));
const right = batch.filter(({ value }, n) => value === n && single[n] === n).length;
process.stdout.write(`${JSON.stringify({ right, listed: (await storage.getKeys()).length })}\n`);
await storage.dispose();
