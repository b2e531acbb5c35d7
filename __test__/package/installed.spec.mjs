// The packed package, installed in a project of its own and used in every way that it promises.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DRIVERS, MAIN, UTILS } from "./names.mjs";
import { Project } from "./project.mjs";

/** @type {Project} */
let project;

beforeAll(async () => {
  project = await Project.create();
});

afterAll(() => project?.remove());

/** Stores and reads a value: it proves that the native part was found and works. */
const ROUND_TRIP = `
  const storage = createStorage({ driver: memory() });
  storage.setItemSync("a", { when: new Date(5) });
  console.log(storage.getItemSync("a").when.getTime());
`;

const TYPED = `
  const storage = createStorage<{ items: { volume: number } }>({
    driver: queueDriver({ driver: fsDriver({ base: "data" } satisfies FSStorageOptions) }),
  });
  export const volume: number | null = storage.getItemSync("volume");
  export const later: Promise<number | null> = storage.getItem("volume");
  export const size: number = memoryDriver().getInstance!().size;
  export const lite: Driver = fsLiteDriver({ base: "data", ignore: (path) => path === "x" });
  export const failure: StorageError = createError("mine", "no");
  flushQueue(queueDriver({ driver: lite }).getInstance!());
  // @ts-expect-error the declarations were found, and they refuse this
  storage.setItem("volume", "loud");
`;

const TYPED_IMPORTS = `
  import { createStorage, StorageError, type Driver } from "stowage";
  import fsDriver, { type FSStorageOptions } from "stowage/drivers/fs";
  import fsLiteDriver from "stowage/drivers/fs-lite";
  import memoryDriver from "stowage/drivers/memory";
  import queueDriver, { flushQueue } from "stowage/drivers/queue";
  import { createError } from "stowage/drivers/utils";
`;

const TYPED_REQUIRES = `
  import fsDriver = require("stowage/drivers/fs");
  import memoryDriver = require("stowage/drivers/memory");
  import { createStorage } from "stowage";
  const options: fsDriver.FSStorageOptions = { base: "data" };
  export const storage = createStorage({ driver: fsDriver(options) });
  export const size: number = memoryDriver.default().getInstance!().size;
`;

/**
 * Compiles files of the project and gives what the compiler complained about.
 *
 * @param {string} module
 * @param {string} resolution
 * @param {string[]} files
 */
function compile(module, resolution, files) {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--pretty", "false"];
  const how = ["--module", module, "--moduleResolution", resolution];
  return project.runTool("typescript/lib/tsc.js", [...options, ...how, ...files]);
}

describe("Node", () => {
  test("requires it", async () => {
    const source = `
      const { createStorage } = require("stowage");
      const memory = require("stowage/drivers/memory");
      ${ROUND_TRIP}`;
    expect(await project.runNode("require.cjs", source)).toBe("5");
  });

  test("imports it by name", async () => {
    const source = `
      import { ${MAIN.join(", ")} } from "stowage";
      import { ${UTILS.map((name) => `${name} as utils_${name}`).join(", ")} } from "stowage/drivers/utils";
      ${DRIVERS.map((name) => `import ${name.replace("-", "")} from "stowage/drivers/${name}";`).join("\n")}
      import { flushQueue } from "stowage/drivers/queue";
      if (typeof flushQueue !== "function" || typeof fslite !== "function") throw flushQueue;
      ${ROUND_TRIP}`;
    expect(await project.runNode("import.mjs", source)).toBe("5");
  });

  test("finds the binary in its own package, without any in the main one", async () => {
    const source = `
      require("stowage");
      console.log(Object.keys(require.cache).filter((path) => path.endsWith(".node")).join());`;
    const path = await project.runNode("binary.cjs", source);
    expect(path).toMatch(/node_modules.stowage-[\w-]+.stowage\.[\w-]+\.node$/);
  });

  test("reads the manifest", async () => {
    const source = `console.log(require("stowage/package.json").name)`;
    expect(await project.runNode("manifest.cjs", source)).toBe("stowage");
  });

  test("keeps internals closed", async () => {
    const source = `
      try { require("stowage/js/storage.js"); } catch (error) { console.log(error.code); }`;
    expect(await project.runNode("closed.cjs", source)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});

describe("TypeScript", () => {
  beforeAll(async () => {
    await project.write("typed.mts", TYPED_IMPORTS + TYPED);
    await project.write("typed.cts", TYPED_IMPORTS + TYPED);
    await project.write("typed.ts", TYPED_IMPORTS + TYPED);
    await project.write("requires.cts", TYPED_REQUIRES);
  });

  test.each([
    ["node16", "node16", ["typed.mts", "typed.cts", "typed.ts", "requires.cts"]],
    ["nodenext", "nodenext", ["typed.mts", "typed.cts", "typed.ts", "requires.cts"]],
    ["esnext", "bundler", ["typed.mts", "typed.ts"]],
    ["preserve", "bundler", ["typed.mts", "typed.ts"]],
  ])("resolves with module %s, resolution %s", async (module, resolution, files) => {
    expect(await compile(module, resolution, files)).toBe("");
  });

  test("tells when it does not", async () => {
    await project.write("wrong.mts", `import { nothing } from "stowage"; nothing();`);
    await expect(compile("node16", "node16", ["wrong.mts"])).rejects.toThrow("no exported member");
  });
});

describe("bundlers and test runners", () => {
  const source = `
    import { createStorage } from "stowage";
    import memory from "stowage/drivers/memory";
    ${ROUND_TRIP}`;

  test.each(["esm", "cjs"])(
    "esbuild bundles what uses it, with the package external (%s)",
    async (format) => {
      await project.write("app.mjs", source);
      const out = format === "esm" ? "bundle.mjs" : "bundle.cjs";
      const { build } = await import("esbuild");
      await build({
        absWorkingDir: project.folder,
        entryPoints: ["app.mjs"],
        outfile: out,
        bundle: true,
        platform: "node",
        format: /** @type {"esm" | "cjs"} */ (format),
        external: ["stowage"],
        logLevel: "silent",
      });
      expect(await project.runNode("run.cjs", `import("./${out}")`)).toBe("5");
    },
  );

  test("vitest runs the conformance suite from the package", async () => {
    await project.lend("vitest");
    await project.write(
      "mine.spec.mjs",
      `
      import memory from "stowage/drivers/memory";
      import { testDriver } from "stowage/suite";
      testDriver({ name: "memory", driver: () => memory() });`,
    );
    const report = await project.runTool("vitest/vitest.mjs", ["run", "--reporter=json"]);
    expect(JSON.parse(report)).toMatchObject({ success: true, numFailedTests: 0 });
    expect(JSON.parse(report).numPassedTests).toBeGreaterThan(10);
  });
});
