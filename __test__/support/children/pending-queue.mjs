// Comes to its end with writes in a queue, neither flushed nor disposed.
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import queue from "stowage/drivers/queue";

const [base] = process.argv.slice(2);
const storage = createStorage({ driver: queue({ driver: fs({ base }), flushInterval: 50 }) });
await storage.setItem("a", "kept");
storage.setItemSync("b", "kept too");
