// Who changed it: the storage itself, another storage, another process.
import { createStorage, prefixStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import memoryDriver from "stowage/drivers/memory";
import queueDriver from "stowage/drivers/queue";
import { describe, expect, onTestFinished, test } from "vitest";
import { run } from "../tools/child.mjs";
import { Recorder } from "../tools/recorder.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { until } from "../tools/until.mjs";
import { put, reported, settle, watchFolder } from "./folder.mjs";

describe("changes made through the storage are reported exactly once", () => {
  /** Every way to change something, with what it must report. */
  const CHANGES = {
    setItem: [(s) => s.setItem("new/item", 1), ["update new:item"]],
    "setItem over a file": [(s) => s.setItem("old:a", 2), ["update old:a"]],
    setItemSync: [(s) => s.setItemSync("new", 1), ["update new"]],
    "setItem of undefined": [(s) => s.setItem("old:a", undefined), ["remove old:a"]],
    setItems: [
      (s) => s.setItems(["a", "b", "c"].map((key) => ({ key, value: key }))),
      ["update a", "update b", "update c"],
    ],
    setItemsSync: [(s) => s.setItemsSync([{ key: "x:y", value: 1 }]), ["update x:y"]],
    setItemRaw: [(s) => s.setItemRaw("raw", Buffer.from("1")), ["update raw"]],
    setItemRawSync: [(s) => s.setItemRawSync("raw", "1"), ["update raw"]],
    removeItem: [(s) => s.removeItem("old:a"), ["remove old:a"]],
    removeItemSync: [(s) => s.removeItemSync("old:b"), ["remove old:b"]],
    "removeItem with its metadata": [(s) => s.removeItem("old:b", true), ["remove old:b"]],
    setMeta: [(s) => s.setMeta("old:a", { tag: 1 }), ["update old:a$"]],
    clear: [(s) => s.clear("old"), ["remove old:a", "remove old:b"]],
    clearSync: [(s) => s.clearSync(), ["remove old:a", "remove old:b", "remove rest"]],
    prefixStorage: [(s) => prefixStorage(s, "p").setItem("k", 1), ["update p:k"]],
    "several at once": [
      (s) => Promise.all([s.setItem("k", 1), s.setItem("k", 2), s.removeItem("k")]),
      ["remove k", "update k", "update k"],
    ],
  };
  const files = {
    "old/a": '{"json":1}',
    "old/b": '{"json":1}',
    old$: "1",
    "old/b$": "{}",
    rest: "1",
  };

  test.each(Object.keys(CHANGES))("%s", async (name) => {
    const [change, expected] = CHANGES[name];
    const watched = await watchFolder({ files });
    await change(watched.storage);
    // Before the promise resolves, or the sync call returns.
    expect([...watched.recorder.lines].sort()).toEqual(expected);
    await settle(watched);
    expect(reported(watched).sort()).toEqual(expected);
  });

  test("also many, with no echo from the operating system", async () => {
    const watched = await watchFolder();
    const keys = Array.from({ length: 300 }, (_, index) => `d${index % 7}:k${index}`);
    await Promise.all(keys.map((key) => watched.storage.setItem(key, key)));
    await settle(watched);
    expect(reported(watched).sort()).toEqual(keys.map((key) => `update ${key}`).sort());
  });

  test("and the same item changed from outside later is reported again", async () => {
    const watched = await watchFolder();
    await watched.storage.setItem("a", 1);
    await settle(watched);
    put(watched.base, "a", '{"json":"outside"}');
    await settle(watched);
    expect(reported(watched)).toEqual(["update a", "update a"]);
    expect(await watched.storage.getItem("a")).toBe("outside");
  });

  test("without atomic publishing too", async () => {
    const watched = await watchFolder({ driver: { atomic: false } });
    await watched.storage.setItem("a:b", "x".repeat(100_000));
    await watched.storage.setItem("a:b", 1);
    await settle(watched);
    expect(reported(watched)).toEqual(["update a:b", "update a:b"]);
  });

  test("through a queue when they are accepted, and not again at the flush", async () => {
    const base = temporaryDirectory();
    const driver = queueDriver({ driver: fsDriver({ base }), flushInterval: 60_000 });
    const storage = createStorage({ driver });
    onTestFinished(() => storage.dispose());
    const recorder = new Recorder();
    await storage.watch(recorder.callback);
    await storage.setItem("q:1", 1);
    storage.setItemSync("q:2", 2);
    expect(recorder.lines).toEqual(["update q:1", "update q:2"]);
    await storage.flush();
    await settle({ base, recorder });
    expect(reported({ recorder })).toEqual(["update q:1", "update q:2"]);
  });
});

describe("changes made by others are reported", () => {
  test("another storage in this process", async () => {
    const watched = await watchFolder();
    const other = createStorage({ driver: fsDriver({ base: watched.base }) });
    await other.setItem("from:other", 1);
    await watched.recorder.saw("update from:other");
    await other.removeItem("from:other");
    await watched.recorder.saw("remove from:other");
    await settle(watched);
    expect(reported(watched)).toEqual(["update from:other", "remove from:other"]);
  });

  test("a storage in another process", async () => {
    const watched = await watchFolder({ files: { shared: '{"json":1}' } });
    const { code, stderr } = await run(new URL("fixtures/peer.cjs", import.meta.url), [
      watched.base,
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    await watched.recorder.saw("remove shared");
    await settle(watched);
    expect(reported(watched).sort()).toEqual([
      "remove shared",
      "update peer:batch:1",
      "update peer:batch:2",
      "update peer:raw",
      "update peer:single",
      "update peer:sync",
    ]);
  });
});

describe("keys", () => {
  test("are whole, whichever mount they come from", async () => {
    const [config, data] = [temporaryDirectory(), temporaryDirectory()];
    const storage = createStorage({ driver: memoryDriver() });
    storage.mount("config", fsDriver({ base: config }));
    const recorder = new Recorder();
    await storage.watch(recorder.callback);
    onTestFinished(() => storage.dispose());
    storage.mount("data:files", fsDriver({ base: data }));
    await storage.setItem("memory:key", 1);
    await storage.setItem("config:own", 1);
    put(config, "ui/theme.json");
    await recorder.saw("update config:ui:theme.json");
    // A mount made while watching is watched once it is ready.
    let round = 0;
    const heard = () => {
      round += 1;
      put(data, "log/1", `${round}`);
      return recorder.lines.includes("update data:files:log:1");
    };
    await until(heard, "a file in the folder mounted later");
    expect(recorder.lines.slice(0, 3)).toEqual([
      "update memory:key",
      "update config:own",
      "update config:ui:theme.json",
    ]);
    await storage.unmount("config");
    put(config, "after");
    put(data, "sentinel");
    await recorder.saw("update data:files:sentinel");
    expect(recorder.lines).not.toContain("update config:after");
  });

  test("of escaped files are those that were stored", async () => {
    const watched = await watchFolder();
    const other = createStorage({ driver: fsDriver({ base: watched.base }) });
    const keys = ["a", "a:b", "CON", "ends.", "Case", "case", "n".repeat(300)];
    for (const key of keys) await other.setItem(key, key);
    await settle(watched);
    // `a` is moved to another name when `a:b` comes; to those who watch keys that is nothing.
    expect(new Set(reported(watched))).toEqual(new Set(keys.map((key) => `update ${key}`)));
  });

  test("below a base only, when asked for", async () => {
    const base = temporaryDirectory();
    const storage = createStorage({ driver: fsDriver({ base }) });
    onTestFinished(() => storage.dispose());
    const [part, all] = [new Recorder(), new Recorder()];
    await storage.watch("user/settings", part.callback);
    await storage.watch(all.callback);
    await storage.setItem("user:settings:own", 1);
    await storage.setItem("user:settings-not", 1);
    put(base, "user/settings/theme");
    put(base, "user/other");
    await settle({ base, recorder: all });
    expect(part.lines.sort()).toEqual(["update user:settings:own", "update user:settings:theme"]);
    expect(reported({ recorder: all })).toHaveLength(4);
  });
});
