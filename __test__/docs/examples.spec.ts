// Every JavaScript and TypeScript block of the documentation runs, and prints what it promises.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, blocksOf, promisedOutput } from "../../scripts/docs-examples/extract.mjs";
import {
  checkTypes,
  isCode,
  isTypeScript,
  makeWorkshop,
  removeWorkshop,
  runBlock,
  runScript,
} from "../../scripts/docs-examples/run.mjs";
import { ROOT } from "../../scripts/process.mjs";
import { markdownFiles } from "./files.js";

/** Blocks that a reader cannot run either, in all of the documentation. */
const MOST_NOT_RUN = 3;

const blocks = markdownFiles().flatMap((path) =>
  blocksOf(relative(ROOT, path), readFileSync(path, "utf8")).filter(isCode),
);
const running = blocks.filter(({ flags }) => !flags.includes("no-run"));
const nameOf = ({ file, line }: Block) => `${file}:${line}`;

let workshop: string;
beforeAll(async () => {
  workshop = await makeWorkshop();
});
afterAll(() => removeWorkshop(workshop));

describe("code blocks of the documentation", () => {
  it("exist", () => expect(running.length).toBeGreaterThan(20));

  it.each(running.map((block) => [nameOf(block), block] as const))("%s runs", async (_, block) => {
    const { code, output, errors } = await runBlock(workshop, block);
    expect(errors).toBe("");
    expect(code).toBe(0);
    expect(output).toEqual(promisedOutput(block.code));
  });

  it("have sound types where they are TypeScript", { timeout: 120_000 }, async () => {
    const typed = running.filter(isTypeScript);
    expect(typed.length).toBeGreaterThan(0);
    expect(await checkTypes(workshop, typed)).toEqual([]);
  });

  it("are few and explained where they do not run", () => {
    const silent = blocks.filter((block) => !running.includes(block));
    expect(silent.length).toBeLessThanOrEqual(MOST_NOT_RUN);
    for (const block of silent) expect(block.reason, nameOf(block)).not.toBe("");
  });
});

describe("programs in examples/", () => {
  const folder = join(ROOT, "examples");
  const programs = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(mjs|cjs)$/.test(name) && !name.endsWith("preload.cjs"))
    .map((name) => [name.replace(/\\/g, "/"), readFileSync(join(folder, name), "utf8")] as const);

  it("exist", () => expect(programs.length).toBeGreaterThan(3));

  it.each(programs)("%s runs", async (name, code) => {
    const block: Block = { file: name, line: 1, language: "js", flags: [], reason: "", code };
    const { output, ...end } = name.startsWith("electron/")
      ? await runElectronExample()
      : await runBlock(workshop, block);
    expect(end).toEqual({ code: 0, errors: "" });
    expect(output).toEqual(promisedOutput(code));
  });

  /** The whole folder, for its files load each other. */
  async function runElectronExample() {
    const { cpSync, mkdtempSync } = await import("node:fs");
    const copy = mkdtempSync(join(workshop, "electron-"));
    cpSync(join(folder, "electron"), copy, { recursive: true });
    return runScript(join(copy, "main.cjs"), copy);
  }
});
