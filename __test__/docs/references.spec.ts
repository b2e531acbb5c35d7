// What the documentation refers to exists: error codes, links, paths, changes.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorsOf, relativeLinks } from "../../scripts/docs-examples/extract.mjs";
import { ROOT } from "../../scripts/process.mjs";
import { markdownFiles } from "./files.js";

const require = createRequire(import.meta.url);
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
/** Native kinds that have no code of their own: an errno name, or an error of JavaScript as it is. */
const NOT_OWN = ["EIO", "FOREIGN"];

const unique = (names: Iterable<string>) => [...new Set(names)].sort();

describe("docs/errors.md", () => {
  const section = read("docs/errors.md")
    .split(/^## /m)
    .find((part) => part.startsWith("Codes\n"));
  const documented = [...(section ?? "").matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
    (match) => match[1] ?? "",
  );

  it("lists each code once", () => expect(documented).toEqual([...new Set(documented)]));

  it("lists exactly the codes that the library has", () => {
    const { FACE_CODES } = require("../../js/errors.js") as { FACE_CODES: string[] };
    const { errorCodes } = require("../../js/native.js") as { errorCodes(): string[] };
    const own = errorCodes().filter((code) => !NOT_OWN.includes(code));
    expect(own.length).toBe(errorCodes().length - NOT_OWN.length);
    expect(unique(documented)).toEqual(unique([...own, ...FACE_CODES]));
  });

  it("lists exactly the codes of the type", () => {
    const types = read("types/errors.d.ts");
    const union = /type StorageErrorCode =([^;]*);/.exec(types)?.[1] ?? "";
    const typed = [...union.matchAll(/"([A-Z_]+)"/g)].map((match) => match[1] ?? "");
    expect(unique(typed)).toEqual(unique(documented));
  });
});

describe("docs/api.md", () => {
  const page = read("docs/api.md");
  const { createStorage, ...functions } = require("../../index.js") as Record<string, () => object>;
  const names = [...Object.keys(createStorage()), ...Object.keys(functions)];

  it.each(names)("names %s", (name) => {
    const known = name.endsWith("Sync") ? [name, name.slice(0, -"Sync".length)] : [name];
    for (const each of known) expect(page).toMatch(new RegExp(`\\b${each}\\b`));
  });
});

describe("docs/design/dependencies.md", () => {
  const sections = read("Cargo.toml").split(/^\[/m);
  const shipped = sections.filter(
    (text) => /^[^\]]*dependencies\]/.test(text) && !/^dev-/.test(text),
  );
  const crates = shipped.flatMap((text) =>
    [...text.matchAll(/^([a-z][\w-]*) *=/gm)].map((match) => match[1] ?? ""),
  );

  it("is about more than a few", () => expect(crates.length).toBeGreaterThan(5));

  it.each(crates)("gives a reason for %s", (crate) => {
    expect(read("docs/design/dependencies.md")).toContain(`\`${crate}\``);
  });
});

describe("links", () => {
  const links = markdownFiles().flatMap((file) =>
    relativeLinks(readFileSync(file, "utf8")).map(
      (target) => [relative(ROOT, file), target] as const,
    ),
  );

  it("exist", () => expect(links.length).toBeGreaterThan(20));

  it.each(links)("%s: %s leads somewhere", (file, target) => {
    const [path = "", anchor] = target.split("#");
    const full = path === "" ? join(ROOT, file) : resolve(ROOT, dirname(file), path);
    expect(existsSync(full)).toBe(true);
    if (anchor) expect(anchorsOf(readFileSync(full, "utf8"))).toContain(anchor);
  });
});

describe("CONTRIBUTING.md", () => {
  const quoted = [...read("CONTRIBUTING.md").matchAll(/`([^`\n]+)`/g)].map(
    (match) => match[1] ?? "",
  );
  const isPath = (text: string) => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(text) && /[/.]/.test(text);
  const paths = unique(quoted.filter((text) => isPath(text) && !text.startsWith("stowage/")));

  it("names paths", () => expect(paths.length).toBeGreaterThan(15));

  it.each(paths)("%s exists", (path) => expect(existsSync(join(ROOT, path))).toBe(true));

  it("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = quoted.flatMap((text) => /^npm (?:run )?([\w:]+)/.exec(text)?.[1] ?? []);
    const known = [...Object.keys(scripts), "install", "ci"];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe("docs/migrating.md", () => {
  const changes = read("docs/migrating.md").split(/^### /m).slice(1);

  it.each(changes.map((text) => [text.split("\n")[0] ?? "", text]))(
    "%s: before and now",
    (_, text) => {
      expect(text).toMatch(/^Before: /m);
      expect(text).toMatch(/^Now: /m);
    },
  );
});
