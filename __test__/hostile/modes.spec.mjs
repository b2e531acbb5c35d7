// Who may read what is written: nobody but the user, unless the options say otherwise.
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import fsLiteDriver from "stowage/drivers/fs-lite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

const POSIX = process.platform !== "win32";
const modeOf = (path) => statSync(path).mode & 0o7777;

/** The modes of everything on the way to a value that is written in a new base. */
async function modesAfterWriting(options, make = fsDriver) {
  const base = join(temporaryDirectory(), "above", "base");
  const storage = createStorage({ driver: make({ base, ...options }) });
  await storage.setItem("a:one", 1);
  storage.setItemSync("a:two", 2);
  await storage.setItems([{ key: "b:three", value: 3 }]);
  await storage.setItemRaw("b:three", "again");
  await storage.setMeta("a:one", { kept: true });
  await storage.dispose();
  const files = ["a/one", "a/two", "b/three", "a/one$"].map((path) => modeOf(join(base, path)));
  const folders = ["..", "", "a", "b"].map((path) => modeOf(join(base, path)));
  return { files: [...new Set(files)], folders: [...new Set(folders)] };
}

describe.runIf(POSIX)("permissions", () => {
  /** @type {number} */
  let umask;
  beforeEach(() => {
    umask = process.umask(0);
  });
  afterEach(() => {
    process.umask(umask);
  });

  it("are the user's alone, whatever the umask", async () => {
    for (const make of [fsDriver, fsLiteDriver]) {
      for (const options of [{}, { atomic: false }, { durability: "power" }]) {
        for (const mask of [0, 0o022, 0o077]) {
          process.umask(mask);
          const modes = await modesAfterWriting(options, make);
          expect(modes).toEqual({ files: [0o600], folders: [0o700] });
        }
      }
    }
  });

  it("are those of the options, less what the umask takes", async () => {
    for (const make of [fsDriver, fsLiteDriver]) {
      for (const atomic of [true, false]) {
        const options = { fileMode: 0o664, directoryMode: 0o775, atomic };
        process.umask(0);
        expect(await modesAfterWriting(options, make)).toEqual({
          files: [0o664],
          folders: [0o775],
        });
        process.umask(0o027);
        expect(await modesAfterWriting(options, make)).toEqual({
          files: [0o640],
          folders: [0o750],
        });
      }
    }
  });

  it("of an older file narrow when it is replaced", async () => {
    const base = temporaryDirectory();
    writeFileSync(join(base, "k"), '{"json":1}', { mode: 0o644 });
    const storage = createStorage({ driver: fsDriver({ base }) });
    await storage.setItem("k", 2);
    expect(modeOf(join(base, "k"))).toBe(0o600);
    await storage.dispose();
  });

  it("of folders that exist are left alone", async () => {
    const base = temporaryDirectory();
    mkdirSync(join(base, "a"));
    chmodSync(join(base, "a"), 0o755);
    const storage = createStorage({ driver: fsDriver({ base }) });
    await storage.setItem("a:k", 2);
    expect(modeOf(join(base, "a"))).toBe(0o755);
    await storage.dispose();
  });

  it("that the driver could not go on with, or that are none, are refused", () => {
    const base = temporaryDirectory();
    const wrong = [0, 0o7, 0o400, 0o1000, 0o4700, 0o100644, -1, 0o600 + 0.5, Number.NaN, 2 ** 40];
    for (const name of ["fileMode", "directoryMode"]) {
      for (const value of [...wrong, "0600", 0o600n, null, true]) {
        expect(() => fsDriver({ base, [name]: value }), `${name} ${value}`).toThrow(
          expect.objectContaining({
            code: "INVALID_OPTION",
            message: expect.stringContaining(name),
          }),
        );
      }
    }
    expect(() => fsDriver({ base, directoryMode: 0o600 })).toThrow("directoryMode");
  });

  it("a hard link was written through, out of the base, with atomic: false", async () => {
    const folder = temporaryDirectory();
    const base = join(folder, "base");
    mkdirSync(base);
    writeFileSync(join(folder, "outside"), "outside");
    linkSync(join(folder, "outside"), join(base, "k"));
    const storage = createStorage({ driver: fsDriver({ base, atomic: false }) });
    await storage.setItem("k", "mine");
    storage.setItemSync("k", "mine again");
    expect(await storage.getItem("k")).toBe("mine again");
    expect(readFileSync(join(folder, "outside"), "utf8")).toBe("outside");
    await storage.dispose();
  });
});
