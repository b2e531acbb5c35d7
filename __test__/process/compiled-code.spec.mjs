// What the engine has compiled for writes must survive collections of garbage: to compile it anew takes
// longer than ten thousand writes.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startCommand } from "../tools/child.mjs";

const PROGRAM = fileURLToPath(new URL("fixtures/compiled-code.cjs", import.meta.url));
const FLAGS = ["--expose-gc", "--trace-deopt", "--allow-natives-syntax"];

/** The functions whose code was thrown away because objects were gone that it knew of. */
async function thrownAway() {
  const { code, stdout, stderr } = await startCommand(process.execPath, [...FLAGS, PROGRAM]).end();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n").filter((line) => line.includes("weak objects"));
  return lines.map((line) => /<SharedFunctionInfo ([^>]*)>/.exec(line)?.[1]);
}

test("compiled code for writes survives collections of garbage", async () => {
  // One function of the program is made to show what the engine tells.
  expect(await thrownAway()).toEqual(["forget"]);
});
