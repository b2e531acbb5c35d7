import { existsSync } from "node:fs";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { testDriver } from "stowage/suite";
import { expect, it } from "vitest";
import { asyncMapDriver, syncMapDriver } from "../tools/map-driver";
import { temporaryDirectory } from "../tools/temporary.mjs";

testDriver({
  name: "queue(memory)",
  driver: () => queue({ driver: memory(), flushInterval: 5 }),
  additionalTests(context) {
    it("is named queue", () => expect(context.driver.name).toBe("queue"));
  },
});

testDriver({
  name: "queue(memory), small and without merging",
  driver: () =>
    queue({
      driver: memory(),
      flushInterval: 5,
      batchSize: 2,
      maxQueueSize: 4,
      mergeUpdates: false,
    }),
});

let base = "";
testDriver({
  name: "queue(fs)",
  features: { persistent: true },
  driver() {
    if (!base || !existsSync(base)) base = temporaryDirectory();
    return queue({ driver: fs({ base }), flushInterval: 5 });
  },
});

testDriver({
  name: "queue over a synchronous driver in JavaScript",
  driver: () => queue({ driver: syncMapDriver(), flushInterval: 5 }),
});

testDriver({
  name: "queue over an asynchronous driver in JavaScript",
  features: { sync: false, binary: false },
  driver: () => queue({ driver: asyncMapDriver(), flushInterval: 5, batchSize: 3 }),
});

testDriver({
  name: "queue(queue(memory))",
  driver: () => queue({ driver: queue({ driver: memory(), flushInterval: 5 }), flushInterval: 5 }),
});
