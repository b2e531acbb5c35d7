import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import { describe, expect, it } from "vitest";
import { startChild } from "../support/child";
import { tempFolders } from "../support/temp";

const folder = tempFolders();

describe("the end of a process", () => {
  it("waits for writes in a queue, as for a timer", async () => {
    const base = folder();
    const child = startChild("pending-queue.mjs", [base]);
    expect(await child.ended).toEqual({ code: 0, signal: null, stderr: "" });
    const storage = createStorage({ driver: fs({ base }) });
    expect(await storage.getItem("a")).toBe("kept");
    expect(await storage.getItem("b")).toBe("kept too");
  });

  it("does not wait for a watch", async () => {
    const child = startChild("open-watch.mjs", [folder()]);
    expect(await child.ended).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("waits for a watch that is persistent", async () => {
    const base = folder();
    const child = startChild("open-watch.mjs", [base, "persistent"]);
    const seen: unknown[] = [];
    for await (const line of child.lines) {
      seen.push(JSON.parse(line));
      if (seen.length === 1) writeFileSync(join(base, "later"), "1");
      if (seen.length === 2) child.process.kill("SIGKILL");
    }
    expect(seen.slice(0, 2)).toEqual(["watching", { event: "update", key: "later" }]);
    expect((await child.ended).signal).toBe("SIGKILL");
  });
});
