import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../scripts/process.mjs";
import { pack } from "./project.mjs";

const read = (/** @type {string} */ path) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
const manifest = read("package.json");

/** What npm, and what reads `exports`, calls each target of the build. */
const PLATFORMS = {
  "x86_64-apple-darwin": { folder: "darwin-x64", os: "darwin", cpu: "x64" },
  "aarch64-apple-darwin": { folder: "darwin-arm64", os: "darwin", cpu: "arm64" },
  "x86_64-pc-windows-msvc": { folder: "win32-x64-msvc", os: "win32", cpu: "x64" },
  "aarch64-pc-windows-msvc": { folder: "win32-arm64-msvc", os: "win32", cpu: "arm64" },
  "i686-pc-windows-msvc": { folder: "win32-ia32-msvc", os: "win32", cpu: "ia32" },
  "x86_64-unknown-linux-gnu": { folder: "linux-x64-gnu", os: "linux", cpu: "x64", libc: "glibc" },
  "aarch64-unknown-linux-gnu": {
    folder: "linux-arm64-gnu",
    os: "linux",
    cpu: "arm64",
    libc: "glibc",
  },
  "x86_64-unknown-linux-musl": { folder: "linux-x64-musl", os: "linux", cpu: "x64", libc: "musl" },
  "aarch64-unknown-linux-musl": {
    folder: "linux-arm64-musl",
    os: "linux",
    cpu: "arm64",
    libc: "musl",
  },
  "armv7-unknown-linux-gnueabihf": { folder: "linux-arm-gnueabihf", os: "linux", cpu: "arm" },
};

/** @returns {string[]} Every file that a nested `exports` value names. */
function filesOf(/** @type {unknown} */ target) {
  if (typeof target === "string") return [target];
  return Object.values(/** @type {object} */ (target)).flatMap(filesOf);
}

describe("package.json", () => {
  test("runs nothing when it is installed", () => {
    const scripts = Object.keys(manifest.scripts);
    const automatic = /^(pre|post)?(install|prepare|publish|pack)$|^(pre|post)prepare$/;
    expect(scripts.filter((name) => automatic.test(name))).toEqual([]);
  });

  test("depends on no JavaScript", () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.peerDependencies).toBeUndefined();
  });

  test("agrees with Cargo.toml", () => {
    const cargo = readFileSync(join(ROOT, "Cargo.toml"), "utf8");
    expect(cargo).toContain(`\nname = "${manifest.name}"\n`);
    expect(cargo).toContain(`\nversion = "${manifest.version}"\n`);
    expect(cargo).toContain(`\nlicense = "${manifest.license}"\n`);
  });
});

describe("npm/", () => {
  test("has one package for each target", () => {
    expect([...manifest.napi.targets].sort()).toEqual(Object.keys(PLATFORMS).sort());
    const folders = Object.values(PLATFORMS).map(({ folder }) => folder);
    expect(readdirSync(join(ROOT, "npm")).sort()).toEqual(folders.sort());
  });

  test.each(Object.values(PLATFORMS))("$folder fits its platform", ({ folder, os, cpu, libc }) => {
    const library = `stowage.${folder}.node`;
    expect(read(`npm/${folder}/package.json`)).toMatchObject({
      name: `stowage-${folder}`,
      version: manifest.version,
      license: manifest.license,
      repository: manifest.repository,
      engines: manifest.engines,
      os: [os],
      cpu: [cpu],
      main: library,
      files: [library],
    });
    expect(read(`npm/${folder}/package.json`).libc).toEqual(libc ? [libc] : undefined);
  });
});

describe("the tarball", () => {
  /** @type {string[]} */
  let paths;
  /** @type {string} */
  let folder;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stowage-pack-"));
    ({ paths } = await pack(ROOT, folder));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("holds every file that `exports` names", () => {
    const named = filesOf(manifest.exports).map((path) => path.replace("./", ""));
    expect(named.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test("holds what a package must", () => {
    expect(paths).toEqual(expect.arrayContaining(["LICENSE", "README.md", "CHANGELOG.md"]));
    expect(paths).toEqual(expect.arrayContaining(["binding.js", "js/storage.js"]));
  });

  test("holds no binary, no source of Rust, and no tests but the suite", () => {
    const strange = paths.filter(
      (path) =>
        /\.(node|rs|toml)$/.test(path) ||
        (path.startsWith("__test__/") && !path.startsWith("__test__/suite/")) ||
        /^(scripts|bench|docs|fixtures|npm|target)\//.test(path),
    );
    expect(strange).toEqual([]);
  });
});
