// A project that has installed the packed package, as a user's does.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { platformTriple } from "../../scripts/build.mjs";
import { ROOT } from "../../scripts/process.mjs";

const execute = promisify(execFile);
const windows = process.platform === "win32";

/** How many characters of a failed program's output are shown. */
const LONGEST_OUTPUT = 4000;

/** npm keeps its own counsel about scripts and advice, so that the tests see files alone. */
const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/**
 * Runs a program and gives what it wrote. Fails with its output when it fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<string>}
 */
export async function execIn(cwd, command, args) {
  try {
    const { stdout } = await execute(command, args, { cwd, shell: windows, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = /** @type {{ stdout?: string, stderr?: string }} */ (
      error
    );
    const output = `${stdout}${stderr}`.slice(0, LONGEST_OUTPUT);
    throw new Error(`${command} ${args.join(" ")} failed\n${output}`);
  }
}

/**
 * Packs the package in `folder`.
 *
 * @param {string} folder
 * @param {string} destination
 * @returns {Promise<{ file: string, paths: string[] }>} The tarball, and the paths in it.
 */
export async function pack(folder, destination) {
  const args = ["pack", "--json", "--pack-destination", destination, ...QUIET];
  const [packed] = JSON.parse(await execIn(folder, "npm", args));
  return {
    file: join(destination, packed.filename),
    paths: packed.files.map((/** @type {{ path: string }} */ file) => file.path).sort(),
  };
}

/** @param {string} destination */
async function packBinary(destination) {
  const triple = platformTriple();
  const folder = join(destination, triple);
  const library = `stowage.${triple}.node`;
  await cp(join(ROOT, "npm", triple), folder, { recursive: true });
  await cp(join(ROOT, library), join(folder, library));
  return (await pack(folder, destination)).file;
}

export class Project {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** Packs the package and the binary of this platform, and installs both in a new project. */
  static async create() {
    const folder = await mkdtemp(join(tmpdir(), "stowage-project-"));
    const tarballs = join(folder, "tarballs");
    await mkdir(tarballs);
    const files = [(await pack(ROOT, tarballs)).file, await packBinary(tarballs)];
    const project = new Project(folder);
    await project.write("package.json", JSON.stringify({ name: "user", private: true }));
    await execIn(folder, "npm", ["install", "--offline", ...QUIET, ...files]);
    return project;
  }

  /**
   * @param {string} path Relative to the project.
   * @param {string} text
   */
  async write(path, text) {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /**
   * Makes a tool of the repository visible to the project, without installing it again.
   *
   * @param {string} name
   */
  async lend(name) {
    const place = join(this.folder, "node_modules", name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), place, windows ? "junction" : "dir");
  }

  /**
   * Writes a program, runs it with Node and gives what it printed.
   *
   * @param {string} path
   * @param {string} source
   */
  async runNode(path, source) {
    await this.write(path, source);
    return (await execIn(this.folder, process.execPath, [path])).trim();
  }

  /**
   * Runs a tool of the repository in the project.
   *
   * @param {string} script Relative to node_modules.
   * @param {string[]} args
   */
  runTool(script, args) {
    return execIn(this.folder, process.execPath, [join(ROOT, "node_modules", script), ...args]);
  }

  remove() {
    return rm(this.folder, { recursive: true, force: true });
  }
}
