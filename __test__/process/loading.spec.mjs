// Loading the library more than once, in one process and in several threads.
import { expect, test } from "vitest";
import { run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const LOADING = new URL("fixtures/loading.mjs", import.meta.url);

test("require and import give one library, and workers share the files", async () => {
  const { code, signal, stdout, stderr } = await run(LOADING, [temporaryDirectory()]);
  expect(stderr).toBe("");
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(JSON.parse(stdout)).toEqual({
    sameness: {
      functions: true,
      errors: true,
      drivers: true,
      shared: { from: "import" },
      failure: true,
    },
    sharing: { codes: [0, 0, 0, 0, 0, 0], items: 120, whole: true },
  });
});
