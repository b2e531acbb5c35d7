// The native part as a file: what it needs, and what it may not do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { platformTriple } from "../../scripts/build.mjs";
import { ROOT } from "../tools/child.mjs";
import { isElf64, readElf } from "./elf.mjs";

const WRITE = 2;
const EXECUTE = 1;

/**
 * The newest glibc that the binary may ask for. Releases are built against 2.17 and are checked for
 * that with STOWAGE_GLIBC=2.17; elsewhere it is as new as the machine that built it.
 */
const NEWEST_GLIBC = process.env.STOWAGE_GLIBC;

const file = readFileSync(join(ROOT, `stowage.${platformTriple()}.node`));
const reason = "only 64-bit ELF files are read";
if (!isElf64(file)) console.warn(`SKIPPED: the checks of the binary: ${reason}`);

/** Compares versions such as GLIBC_2.4 and GLIBC_2.17. */
const numbers = (version) => version.replace(/^.*_/, "").split(".").map(Number);
const isNewer = (a, b) => {
  const [left, right] = [numbers(a), numbers(b)];
  const at = left.findIndex((part, index) => part !== (right[index] ?? 0));
  return at >= 0 && left[at] > (right[at] ?? 0);
};

describe.skipIf(!isElf64(file))("the binary", () => {
  const elf = isElf64(file) ? readElf(file) : undefined;

  test("has no memory that can be written and run", () => {
    expect(elf.segments.length).toBeGreaterThan(2);
    for (const { flags } of elf.segments) expect(flags & (WRITE | EXECUTE)).not.toBe(3);
    expect(elf.dynamic.changesText).toBe(false);
  });

  test("looks for libraries in no folder of its own", () => {
    expect(elf.dynamic.searchPaths).toEqual([]);
  });

  test("needs the C library and the unwinder, and nothing else", () => {
    for (const name of elf.dynamic.needed) {
      expect(name).toMatch(/^(libc|libgcc_s|libm|libdl|libpthread|librt|ld-linux|libc\.musl)[-.]/);
    }
  });

  test("takes Node-API and nothing else from its host, by name at run time", () => {
    // Linked names would make loading fail in a host that is older than one of them.
    expect(elf.undefinedNames.length).toBeGreaterThan(20);
    const ofHosts = /^(napi_|node_api_|uv_|node_|_ZN?K?(2v8|4node))/;
    expect(elf.undefinedNames.filter((name) => ofHosts.test(name))).toEqual([]);
  });

  test("stays loaded when the last environment that uses it ends", () => {
    expect(elf.dynamic.staysLoaded).toBe(true);
  });

  test("needs no newer glibc than it says", ({ skip }) => {
    const all = Object.values(elf.versions).flat();
    const glibc = all.filter((version) => /^GLIBC_[\d.]+$/.test(version));
    if (glibc.length === 0) return skip("it is built for another C library");
    const newest = glibc.reduce((a, b) => (isNewer(a, b) ? a : b));
    console.log(`the newest version that the binary asks glibc for is ${newest}`);
    if (!NEWEST_GLIBC) return skip("STOWAGE_GLIBC is not set: it is as new as this machine's");
    expect(isNewer(newest, `GLIBC_${NEWEST_GLIBC}`)).toBe(false);
  });
});
