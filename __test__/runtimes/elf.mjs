// Reads what the loader of Linux reads of a library: segments, libraries, symbols, versions.

/** Numbers of the format that are looked for. */
const PROGRAM = { LOAD: 1, DYNAMIC: 2, STACK: 0x6474e551 };
const DYNAMIC = { NEEDED: 1, STRTAB: 5, RPATH: 15, RUNPATH: 29, TEXTREL: 22, FLAGS_1: 0x6ffffffb };
const SECTION = { DYNSYM: 11, VERNEED: 0x6ffffffe };
const NO_DELETE = 8;

/** The first bytes of every ELF file, of 64 bits and little end first. */
const MAGIC = "7f454c460201";

/**
 * @param {Buffer} file A library for 64-bit processors.
 * @returns {boolean}
 */
export const isElf64 = (file) => file.subarray(0, 6).toString("hex") === MAGIC;

/** @param {Buffer} file */
export function readElf(file) {
  const number = (at) => Number(file.readBigUInt64LE(at));
  const text = (at) => file.toString("latin1", at, file.indexOf(0, at));
  const table = (offset, size, count) =>
    Array.from({ length: count }, (_, index) => offset + index * size);

  const segments = table(number(32), file.readUInt16LE(54), file.readUInt16LE(56)).map((at) => ({
    type: file.readUInt32LE(at),
    flags: file.readUInt32LE(at + 4),
    offset: number(at + 8),
    size: number(at + 32),
  }));
  const sections = table(number(40), file.readUInt16LE(58), file.readUInt16LE(60)).map((at) => ({
    type: file.readUInt32LE(at + 4),
    offset: number(at + 24),
    size: number(at + 32),
    link: file.readUInt32LE(at + 40),
    info: file.readUInt32LE(at + 44),
  }));
  const section = (type) => sections.find((one) => one.type === type);
  const strings = sections[section(SECTION.DYNSYM).link].offset;
  return {
    segments: segments.filter(({ type }) => type === PROGRAM.LOAD || type === PROGRAM.STACK),
    dynamic: readDynamic(),
    undefinedNames: readUndefined(section(SECTION.DYNSYM)),
    versions: readVersions(section(SECTION.VERNEED)),
  };

  function readDynamic() {
    const { offset, size } = segments.find(({ type }) => type === PROGRAM.DYNAMIC);
    const entries = table(offset, 16, size / 16).map((at) => [number(at), number(at + 8)]);
    const named = (tag) =>
      entries.filter(([own]) => own === tag).map(([, at]) => text(strings + at));
    const flags = entries.find(([tag]) => tag === DYNAMIC.FLAGS_1)?.[1] ?? 0;
    return {
      needed: named(DYNAMIC.NEEDED),
      searchPaths: [...named(DYNAMIC.RPATH), ...named(DYNAMIC.RUNPATH)],
      changesText: entries.some(([tag]) => tag === DYNAMIC.TEXTREL),
      staysLoaded: (flags & NO_DELETE) !== 0,
    };
  }

  function readUndefined({ offset, size }) {
    const names = table(offset, 24, size / 24)
      .filter((at) => file.readUInt16LE(at + 6) === 0)
      .map((at) => text(strings + file.readUInt32LE(at)));
    return names.filter((name) => name !== "");
  }

  /** Versions by the library that must have them: `{ "libc.so.6": ["GLIBC_2.17"] }`. */
  function readVersions(needs) {
    const found = {};
    for (let at = needs?.offset, left = needs?.info ?? 0; left > 0; left -= 1) {
      const list = [];
      for (let one = at + file.readUInt32LE(at + 8), more = true; more; ) {
        list.push(text(strings + file.readUInt32LE(one + 8)));
        const next = file.readUInt32LE(one + 12);
        more = next !== 0;
        one += next;
      }
      found[text(strings + file.readUInt32LE(at + 4))] = list;
      at += file.readUInt32LE(at + 12);
    }
    return found;
  }
}
