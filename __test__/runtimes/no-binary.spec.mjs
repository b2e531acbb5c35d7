// What a user reads whose package manager left the binary out, or copied that of another system.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { platformTriple } from "../../scripts/build.mjs";
import { jsonOf, ROOT, run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const PROGRAM = new URL("fixtures/without-binary.cjs", import.meta.url);

/** A copy of what is published, without any binary. */
function copy() {
  const folder = temporaryDirectory();
  for (const part of ["package.json", "index.js", "binding.js", "js", "drivers"]) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  return folder;
}

test("without a binary, loading fails with what is missing and what helps", async () => {
  const [first, ...causes] = jsonOf(await run(PROGRAM, [copy()]));
  expect(first).toContain("Cannot find native binding");
  expect(first).toContain("optional dependencies");
  expect(causes.join("\n")).toContain(`stowage-${platformTriple()}`);
});

test("with a binary that does not fit, loading fails with the reason of the system", async () => {
  const folder = copy();
  writeFileSync(join(folder, `stowage.${platformTriple()}.node`), "not for this system");
  const [first, ...causes] = jsonOf(await run(PROGRAM, [folder]));
  expect(first).toContain("Cannot find native binding");
  expect(causes.join("\n")).toContain(`stowage.${platformTriple()}.node`);
});
