import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";
import { describe, expect, it } from "vitest";
import { run, start } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url);
const CLEAN = { code: 0, signal: null, stderr: "" };

describe("the end of a process", () => {
  it("waits for writes in a queue, as for a timer", async () => {
    const base = temporaryDirectory();
    expect(await run(fixture("pending-queue.mjs"), [base])).toMatchObject(CLEAN);
    const storage = createStorage({ driver: fs({ base }) });
    expect(await storage.getItem("a")).toBe("kept");
    expect(await storage.getItem("b")).toBe("kept too");
  });

  it("does not wait for a watch", async () => {
    expect(await run(fixture("open-watch.mjs"), [temporaryDirectory()])).toMatchObject(CLEAN);
  });

  it("does not wait for walks, streams and items that have not ended", async () => {
    expect(await run(fixture("open-ends.mjs"), [temporaryDirectory()])).toMatchObject(CLEAN);
  });

  it("comes also in the middle of a transaction", async () => {
    const program = run(fixture("open-ends.mjs"), [temporaryDirectory(), "exit"]);
    expect(await program).toMatchObject(CLEAN);
  });

  it("waits for a watch that is persistent", async () => {
    const base = temporaryDirectory();
    const program = start(fixture("open-watch.mjs"), [base, "persistent"]);
    await program.line('"watching"');
    writeFileSync(join(base, "later"), "1");
    await program.line(JSON.stringify({ event: "update", key: "later" }));
    program.process.kill("SIGKILL");
    expect((await program.end()).signal).toBe("SIGKILL");
  });
});
