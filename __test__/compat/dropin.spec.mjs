// An application written for the predecessor, run unchanged on Stowage under the predecessor's name.
import { cpSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { describe, expect, onTestFinished, test } from "vitest";
import { ROOT, run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const FIXTURES = fileURLToPath(new URL("fixtures", import.meta.url));
const OLD = realpathSync(join(ROOT, "node_modules", "electron-async-storage"));

/** An application folder in which the predecessor's name leads to `target`, as an npm alias makes it. */
function application(target) {
  const folder = temporaryDirectory();
  cpSync(FIXTURES, folder, { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(target, join(folder, "node_modules", "electron-async-storage"), "junction");
  return folder;
}

async function outputOf(target, script) {
  const folder = application(target);
  const { code, stdout, stderr } = await run(join(folder, script), [join(folder, "data")], {
    cwd: folder,
  });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout.trim().split("\n");
}

describe.each(["main.cjs", "main.mjs"])("%s", (script) => {
  test("prints the same with either library behind the name", async () => {
    const before = await outputOf(OLD, script);
    expect(before.at(-1)).toBe("cleared: []");
    expect(await outputOf(ROOT, script)).toEqual(before);
  });
});

test("a bundler's alias serves as well as one of npm", async () => {
  const folder = application(OLD);
  const before = (await run(join(folder, "main.mjs"), [join(folder, "data")])).stdout
    .trim()
    .split("\n");
  const lines = [];
  Object.assign(globalThis, {
    accountFolder: join(folder, "aliased"),
    accountPrint: (line) => lines.push(line),
  });
  onTestFinished(() => {
    delete globalThis.accountFolder;
    delete globalThis.accountPrint;
  });
  const server = await createServer({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    cacheDir: join(folder, "cache"),
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
    resolve: {
      alias: [
        { find: /^electron-async-storage$/, replacement: join(ROOT, "index.mjs") },
        { find: /^electron-async-storage\/(drivers\/.*)$/, replacement: join(ROOT, "$1.mjs") },
      ],
    },
    ssr: { external: [join(ROOT, "index.mjs")] },
  });
  onTestFinished(() => server.close());
  await server.ssrLoadModule(join(FIXTURES, "main.mjs"));
  expect(lines).toEqual(before);
});
