// The options of the watcher, and what it leaves behind.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { Recorder } from "../tools/recorder.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { until } from "../tools/until.mjs";
import { edit, expectDebounced, put, reported, settle, watchFolder } from "./folder.mjs";

describe("ignored paths are not reported", () => {
  const paths = [
    "keep.json",
    "log/a.log",
    "log/b.txt",
    "scratch/x",
    "deep/scratch/y",
    ".dot/z",
    ".dotfile",
  ];

  /** What is reported when all the paths are written. */
  async function reports(driver) {
    const watched = await watchFolder({ driver });
    await edit(
      watched.base,
      paths.map((path) => ["write", path, "1"]),
    );
    await settle(watched);
    expectDebounced(watched);
    const lines = [...new Set(reported(watched))];
    return lines.map((line) => line.replace("update ", "").replaceAll(":", "/")).sort();
  }

  const without = (...ignored) => paths.filter((path) => !ignored.includes(path)).sort();

  test.each([
    ["nothing", {}, without()],
    ["a glob of the driver", { ignore: ["**/*.log"] }, without("log/a.log")],
    [
      "a function of the driver",
      { ignore: (path) => path.includes("scratch") },
      without("scratch/x", "deep/scratch/y"),
    ],
    ["a glob", { watchOptions: { ignored: "**/*.log" } }, without("log/a.log")],
    [
      "a folder by glob",
      { watchOptions: { ignored: "**/scratch/**" } },
      without("scratch/x", "deep/scratch/y"),
    ],
    ["a RegExp", { watchOptions: { ignored: /\.(log|txt)$/ } }, without("log/a.log", "log/b.txt")],
    [
      "dotfiles, as in the guide",
      { watchOptions: { ignored: /(^|[/\\])\../ } },
      without(".dot/z", ".dotfile"),
    ],
    [
      "a function",
      { watchOptions: { ignored: (path) => path.endsWith(".txt") } },
      without("log/b.txt"),
    ],
    [
      "a list of all kinds",
      { watchOptions: { ignored: ["**/*.log", /\.txt$/, (path) => path.endsWith("z")] } },
      without("log/a.log", "log/b.txt", ".dot/z"),
    ],
  ])("%s", async (_, driver, expected) => {
    expect(await reports(driver)).toEqual(expected);
  });

  test("by default node_modules and .git", async () => {
    const watched = await watchFolder();
    await edit(watched.base, [
      ["write", "node_modules/package/index.js", "1"],
      ["write", "app/node_modules/other.js", "1"],
      ["write", ".git/HEAD", "1"],
      ["write", "app/index.js", "1"],
    ]);
    await settle(watched);
    expect(reported(watched)).toEqual(["update app:index.js"]);
  });

  test("a global RegExp keeps no position between paths", async () => {
    const watched = await watchFolder({ driver: { watchOptions: { ignored: /\.tmp$/g } } });
    for (const name of ["a.tmp", "b.tmp", "c.tmp", "d.tmp"]) put(watched.base, name);
    await settle(watched);
    expect(reported(watched)).toEqual([]);
  });
});

describe("watchOptions", () => {
  test("ignoreInitial: false reports what is there", async () => {
    const files = { "a.json": "1", "dir/b.json": "2" };
    const watched = await watchFolder({
      files,
      driver: { watchOptions: { ignoreInitial: false } },
    });
    await settle(watched);
    expect(reported(watched).sort()).toEqual(["update a.json", "update dir:b.json"]);
  });

  test("depth limits the levels of folders", async () => {
    const watched = await watchFolder({ driver: { watchOptions: { depth: 1 } } });
    mkdirSync(join(watched.base, "one", "two"), { recursive: true });
    for (const path of ["zero", "one/first", "one/two/second"]) put(watched.base, path);
    await settle(watched);
    expect(reported(watched).sort()).toEqual(["update one:first", "update zero"]);
  });

  test("usePolling finds changes by looking", async () => {
    const watchOptions = { usePolling: true, interval: 20 };
    const files = { old: "1", gone: "1" };
    const watched = await watchFolder({ files, driver: { watchOptions } });
    if (process.platform === "linux") {
      await until(() => inotifyWatches() === 0, "no watch to be left of other tests");
    }
    await edit(watched.base, [
      ["write", "new/file", "1"],
      ["write", "old", "longer"],
      ["remove", "gone"],
    ]);
    await watched.recorder.saw("remove gone");
    await settle(watched);
    expect(reported(watched).sort()).toEqual(["remove gone", "update new:file", "update old"]);
    await watched.storage.setItem("own", 1);
    await settle(watched);
    expect(reported(watched).filter((line) => line.endsWith("own"))).toEqual(["update own"]);
  });

  test("awaitWriteFinish reports a growing file once it is whole", async () => {
    const watchOptions = { awaitWriteFinish: { stabilityThreshold: 1000, pollInterval: 20 } };
    const watched = await watchFolder({ driver: { watchOptions } });
    const sizes = [];
    await watched.storage.watch((_, key) => {
      if (key === "large") sizes.push(statSync(join(watched.base, "large")).size);
    });
    const chunk = "x".repeat(1000);
    const growth = Array.from({ length: 8 }, () => [
      ["pause", 60],
      ["append", "large", chunk],
    ]);
    await edit(watched.base, [["write", "large", chunk], ...growth.flat()]);
    await settle(watched);
    expect(reported(watched)).toEqual(["update large"]);
    expect(sizes).toEqual([9000]);
  });

  test("an unknown name is warned of and does no harm", async () => {
    const warnings = [];
    const listen = (warning) => warnings.push(warning.message);
    process.on("warning", listen);
    onTestFinished(() => process.off("warning", listen));
    const watched = await watchFolder({ driver: { watchOptions: { binaryInterval: 5 } } });
    put(watched.base, "a");
    await watched.recorder.saw("update a");
    await until(() => warnings.some((text) => text.includes("binaryInterval")), "a warning");
  });
});

describe("the base", () => {
  test("that is missing is waited for", async () => {
    const base = join(temporaryDirectory(), "not", "yet");
    const storage = createStorage({ driver: fsDriver({ base }) });
    onTestFinished(() => storage.dispose());
    const recorder = new Recorder();
    await storage.watch(recorder.callback);
    put(base, "a");
    await recorder.saw("update a");
  });

  test("that goes and comes back is watched again", async () => {
    const watched = await watchFolder({ files: { a: "1", "dir/b": "1" } });
    rmSync(watched.base, { recursive: true });
    await watched.recorder.saw("remove a");
    await watched.recorder.saw("remove dir:b");
    put(watched.base, "again");
    await watched.recorder.saw("update again");
    await settle(watched);
    expect(reported(watched).filter((line) => line.startsWith("update"))).toEqual(["update again"]);
  });
});

describe("unwatching", () => {
  test("ends the reports of that listener alone", async () => {
    const watched = await watchFolder();
    const other = new Recorder();
    await watched.storage.watch(other.callback);
    await watched.unwatch();
    await watched.storage.setItem("own", 1);
    put(watched.base, "outside");
    await settle({ base: watched.base, recorder: other });
    expect(watched.recorder.lines).toEqual([]);
    expect(reported({ recorder: other }).sort()).toEqual(["update outside", "update own"]);
    await watched.unwatch();
  });

  test("all at once, and watching again", async () => {
    const watched = await watchFolder();
    await watched.storage.unwatch();
    await watched.storage.setItem("silent", 1);
    appendFileSync(join(watched.base, "silent too"), "1");
    const again = new Recorder();
    await watched.storage.watch(again.callback);
    await settle({ base: watched.base, recorder: again });
    expect(watched.recorder.lines).toEqual([]);
    expect(reported({ recorder: again })).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("what the operating system holds", () => {
  const COUNT = 40;

  /** A storage on a folder with many folders; it has been used, so that it holds what it needs. */
  async function used() {
    const base = temporaryDirectory();
    for (let index = 0; index < COUNT; index += 1) put(base, `dir-${index}/file`);
    const storage = createStorage().mount("files", fsDriver({ base }));
    onTestFinished(() => storage.dispose());
    expect(await storage.getKeys()).toHaveLength(COUNT);
    return { base, storage };
  }

  /** Watches until a change was seen. */
  async function watch({ base, storage }) {
    const recorder = new Recorder();
    const unwatch = await storage.watch(recorder.callback);
    expect(inotifyWatches()).toBeGreaterThan(COUNT);
    put(base, "seen");
    await recorder.saw("update files:seen");
    return unwatch;
  }

  async function expectFreed(descriptors) {
    await until(() => inotifyWatches() === 0, "the watches to be given back");
    await until(() => openDescriptors() <= descriptors, "the descriptors to be closed");
  }

  test.each(["the listener's function", "unwatch"])("is given back by %s", async (way) => {
    const setup = await used();
    // The first watch of a process may open things that stay.
    await (await watch(setup))();
    await until(() => inotifyWatches() === 0, "no watch to be left");
    const descriptors = openDescriptors();
    const unwatch = await watch(setup);
    await (way === "unwatch" ? setup.storage.unwatch() : unwatch());
    await expectFreed(descriptors);
  });

  test.each(["dispose", "unmount"])("is given back by %s, with the storage itself", async (way) => {
    const first = await used();
    await watch(first);
    await first.storage.dispose();
    await until(() => inotifyWatches() === 0, "no watch to be left");
    const descriptors = openDescriptors();
    const { base, storage } = await used();
    await watch({ base, storage });
    await (way === "dispose" ? storage.dispose() : storage.unmount("files"));
    await expectFreed(descriptors);
  });

  test("does not grow with watching again and again", async () => {
    const setup = await used();
    await (await watch(setup))();
    await until(() => inotifyWatches() === 0, "no watch to be left");
    const descriptors = openDescriptors();
    for (let round = 0; round < 30; round += 1) await (await setup.storage.watch(() => {}))();
    await expectFreed(descriptors);
  });
});

/** The watches of this process, over all its inotify instances. */
function inotifyWatches() {
  let count = 0;
  for (const descriptor of readdirSync("/proc/self/fdinfo")) {
    try {
      const text = readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
      count += text.split("\n").filter((line) => line.startsWith("inotify wd:")).length;
    } catch {
      // The descriptor of the listing itself is gone by now.
    }
  }
  return count;
}

function openDescriptors() {
  return readdirSync("/proc/self/fd").length;
}
