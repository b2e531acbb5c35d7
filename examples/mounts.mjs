// One storage over several drivers: a key belongs to the mount with the longest matching base.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage, prefixStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import queueDriver from "stowage/drivers/queue";

const base = mkdtempSync(join(tmpdir(), "stowage-mounts-"));

const storage = createStorage();
storage.mount("documents", fsDriver({ base: join(base, "documents") }));
storage.mount("history", queueDriver({ driver: fsDriver({ base: join(base, "history") }) }));

storage.setItemSync("cache:user", { name: "Ada" }); // in memory, at the root
await storage.setItem("documents:letter", { title: "Letter" }); // on disk when this resolves
await storage.setItem("history:1", "opened letter"); // queued, on disk within a second

console.log(await storage.getKeys("history")); // → [ 'history:1' ]
await storage.flush("history");

// A view that sees nothing outside its prefix.
const documents = prefixStorage(storage, "documents");
console.log(await documents.getKeys()); // → [ 'letter' ]

await storage.dispose();
rmSync(base, { recursive: true });
