// What the declarations promise is there at run time, and nothing else is.
import { createRequire } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/process.mjs";
import { DRIVERS, MAIN, STORAGE, UTILS } from "./names.mjs";

const require = createRequire(import.meta.url);
const stowage = require("stowage");

const entries = ["index", "drivers/utils", "drivers/queue", "drivers/fs", "types/storage"];
const files = entries.map((entry) => join(ROOT, `${entry}.d.ts`));
const program = ts.createProgram(files, { module: ts.ModuleKind.Node16, strict: true });
const checker = program.getTypeChecker();

/** @param {string} entry */
function exportsOf(entry) {
  const source = program.getSourceFile(join(ROOT, `${entry}.d.ts`));
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${entry}.d.ts is no module`);
  return checker.getExportsOfModule(module);
}

/** The exported names that exist at run time. @param {string} entry */
function valuesOf(entry) {
  const isValue = (/** @type {ts.Symbol} */ symbol) => {
    const alias = symbol.flags & ts.SymbolFlags.Alias;
    const target = alias ? checker.getAliasedSymbol(symbol) : symbol;
    return (target.flags & ts.SymbolFlags.Value) !== 0;
  };
  return exportsOf(entry)
    .filter(isValue)
    .map((symbol) => symbol.name)
    .sort();
}

function declaredMethods() {
  const storage = exportsOf("types/storage").find((symbol) => symbol.name === "Storage");
  if (!storage) throw new Error("types/storage.d.ts has no Storage");
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(storage))
    .map((symbol) => symbol.name)
    .sort();
}

describe("the main entry", () => {
  test("declares and exports the same names", () => {
    expect(valuesOf("index")).toEqual(MAIN);
    expect(Object.keys(stowage).sort()).toEqual(MAIN);
  });

  test("is one module for import and require", async () => {
    const imported = await import("stowage");
    for (const name of MAIN) expect(imported[name], name).toBe(stowage[name]);
  });

  test("names the entries of its drivers", () => {
    const names = Object.values(stowage.builtinDrivers);
    expect(Object.keys(stowage.builtinDrivers).sort()).toEqual([...DRIVERS, "fsLite"].sort());
    for (const name of names) expect(require(name), name).toBeTypeOf("function");
  });
});

describe("a storage", () => {
  test("declares every promised method", () => {
    expect(declaredMethods()).toEqual(STORAGE);
  });

  test("has every promised method as an own enumerable property", async () => {
    const storage = stowage.createStorage();
    const methods = Object.entries(storage).filter(([, value]) => typeof value === "function");
    expect(methods.map(([name]) => name).sort()).toEqual(STORAGE);
    await storage.dispose();
  });
});

describe("the driver entries", () => {
  test.each(DRIVERS)("%s is callable, and so is its default", async (name) => {
    const entry = `stowage/drivers/${name}`;
    const driver = require(entry);
    expect(driver).toBeTypeOf("function");
    expect(driver.default).toBe(driver);
    expect((await import(entry)).default).toBe(driver);
  });

  test("queue exports flushQueue", async () => {
    const queue = require("stowage/drivers/queue");
    expect(queue.flushQueue).toBeTypeOf("function");
    expect((await import("stowage/drivers/queue")).flushQueue).toBe(queue.flushQueue);
    expect(valuesOf("drivers/queue")).toEqual(["default", "flushQueue"]);
  });

  test("utils exports the helpers for those who write drivers", async () => {
    const utils = require("stowage/drivers/utils");
    expect(Object.keys(utils).sort()).toEqual(UTILS);
    expect(Object.keys(await import("stowage/drivers/utils")).sort()).toEqual(UTILS);
    expect(valuesOf("drivers/utils")).toEqual(UTILS);
  });
});
