// A queue whose folder is a file: the flush in the background fails, the process goes on.
import { unlinkSync } from "node:fs";
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import queue from "stowage/drivers/queue";

const [base] = process.argv.slice(2);
let failed;
const failure = new Promise((resolve) => {
  failed = resolve;
});
const storage = createStorage({
  driver: queue({ driver: fs({ base }), flushInterval: 1, onError: (error) => failed(error) }),
});
await storage.setItem("a", "kept");
const told = await failure;
const read = await storage.getItem("a");
const flushed = await storage.flush().then(
  () => "resolved",
  (error) => error.code,
);
unlinkSync(base);
await storage.flush();
const second = createStorage({ driver: fs({ base }) });
const stored = await second.getItem("a");
process.stdout.write(`${JSON.stringify({ told: told.code, read, flushed, stored })}\n`);
await storage.dispose();
