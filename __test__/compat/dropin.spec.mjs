// An application written for the predecessor, run unchanged on Stowage under the predecessor's name.
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
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

// The predecessor requires superjson, an ES module, which Node 18 refuses. Both scripts do the same,
// so that there what the predecessor prints as an ES module serves for both.
const canRequireOld = Boolean(process.features.require_module);

describe.each(["main.cjs", "main.mjs"])("%s", (script) => {
  test("prints the same with either library behind the name", async () => {
    const before = await outputOf(OLD, canRequireOld ? script : "main.mjs");
    expect(before.at(-1)).toBe("cleared: []");
    expect(await outputOf(ROOT, script)).toEqual(before);
  });
});

/** Puts the package into an application as an installation does, in files of its own. */
function install(folder) {
  const target = join(folder, "node_modules", "stowage");
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const library = readdirSync(ROOT).filter((name) => name.endsWith(".node"));
  for (const name of ["package.json", ...files, ...library]) {
    cpSync(join(ROOT, name), join(target, name), { recursive: true });
  }
}

/** A test of the application, as its author would have it: it prints through a global. */
const TEST_OF_APPLICATION = `
import { test } from "vitest";
test("account", async () => {
  globalThis.accountFolder = process.env.ACCOUNT_FOLDER;
  globalThis.accountPrint = (line) => process.stdout.write("account " + line + "\\n");
  await import("./main.mjs");
});
`;

test("an alias of vitest serves as well as one of npm", async () => {
  const folder = application(OLD);
  install(folder);
  symlinkSync(
    join(ROOT, "node_modules", "vitest"),
    join(folder, "node_modules", "vitest"),
    "junction",
  );
  writeFileSync(join(folder, "account.test.mjs"), TEST_OF_APPLICATION);
  const alias = { "electron-async-storage": "stowage" };
  const config = { resolve: { alias }, test: { include: ["account.test.mjs"], cache: false } };
  writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify(config)};`);
  const { stdout: before } = await run(join(folder, "main.mjs"), [join(folder, "data")]);
  const env = { ...process.env, ACCOUNT_FOLDER: join(folder, "aliased") };
  const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const { code, stdout } = await run(vitest, ["run"], { cwd: folder, env, deadline: 25_000 });
  const lines = stdout.split("\n").filter((line) => line.startsWith("account "));
  expect(lines.map((line) => line.slice("account ".length))).toEqual(before.trim().split("\n"));
  expect(code).toBe(0);
});
