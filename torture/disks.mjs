// Small disks that really fill up.
import { spawnSync } from "node:child_process";
import { closeSync, copyFileSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { run, runOrFail } from "../scripts/process.mjs";

const QUIET = { capture: true, captureErrors: true };

/** Bytes of a disk in memory: what is stored fits twice, as in a database and its log. */
const TMPFS_BYTES = 1024 * 1024;

/** Bytes of an image: the least that leaves room beside its journal. */
const IMAGE_BYTES = 8 * 1024 * 1024;

/** The steps in which a disk is filled, in bytes. */
const CHUNKS = [64 * 1024, 4096, 1024];

/** @typedef {"tmpfs" | "ext4"} Kind */

/** Where disks are mounted now. @type {Set<string>} */
const mounted = new Set();

/** Whoever interrupts a run finds no disk of it left. */
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const place of mounted) spawnSync("umount", ["-l", place]);
    process.exit(1);
  });
}

/** A mounted disk. */
export class Disk {
  #filler;

  /**
   * @param {string} folder Where it is mounted.
   * @param {string} image The file that it is kept in, if it is.
   */
  constructor(folder, image) {
    this.folder = folder;
    this.image = image;
    this.base = join(folder, "base");
    this.#filler = openSync(join(folder, "filler"), "w");
  }

  /** Fills it up, and then gives back `free` bytes. @param {number} free */
  fill(free) {
    for (const chunk of CHUNKS) while (this.#grows(chunk)) {}
    this.#length = Math.max(0, this.#length - free);
    ftruncateSync(this.#filler, this.#length);
  }
  #length = 0;

  #grows(/** @type {number} */ bytes) {
    try {
      const written = writeSync(this.#filler, Buffer.alloc(bytes, 1), 0, bytes, this.#length);
      this.#length += written;
      return written === bytes;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOSPC") return false;
      throw error;
    }
  }

  /** Gives back all that it was filled with. */
  empty() {
    this.#length = 0;
    ftruncateSync(this.#filler, 0);
  }

  async unmount() {
    closeSync(this.#filler);
    await runOrFail("umount", [this.folder]);
    mounted.delete(this.folder);
  }
}

/**
 * @param {Kind} kind
 * @param {string} folder A folder of its own.
 */
export async function mountDisk(kind, folder) {
  const image = join(folder, "image");
  if (kind === "ext4") await makeImage(image);
  const from = ["-t", "tmpfs", "-o", `size=${TMPFS_BYTES}`, "tmpfs"];
  return mountAt(folder, kind === "ext4" ? ["-o", "loop", image] : from, image);
}

/**
 * What is on a disk now, and not only in memory, as a disk of its own: mounting it repairs it as
 * after a power cut.
 *
 * @param {Disk} disk One that is kept in an image.
 * @param {string} folder A folder of its own.
 */
export async function mountCopy(disk, folder) {
  const image = join(folder, "image");
  copyFileSync(disk.image, image);
  return mountAt(folder, ["-o", "loop", image], image);
}

/**
 * @param {string} folder
 * @param {string[]} what
 * @param {string} image
 */
async function mountAt(folder, what, image) {
  const place = join(folder, "disk");
  mkdirSync(place);
  const { code, stderr } = await run("mount", [...what, place], QUIET);
  if (code !== 0) throw new Error(`mount failed: ${stderr.trim()}`);
  mounted.add(place);
  return new Disk(place, image);
}

/** @param {string} image */
async function makeImage(image) {
  const file = openSync(image, "w");
  ftruncateSync(file, IMAGE_BYTES);
  closeSync(file);
  const { code, stderr } = await run("mkfs.ext4", ["-q", "-F", "-m", "0", image], QUIET);
  if (code !== 0) throw new Error(`mkfs.ext4 failed: ${stderr.trim()}`);
}

/**
 * @param {Kind} kind
 * @param {string} folder An empty folder of its own.
 * @returns {Promise<string | undefined>} Why such a disk cannot be had here.
 */
export async function obstacleTo(kind, folder) {
  if (process.platform !== "linux") return "it needs Linux";
  if (process.getuid?.() !== 0) return "mounting a disk needs root";
  try {
    await (await mountDisk(kind, folder)).unmount();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`;
  }
}
