// Many changes at once by another process: every final state is reported, and nothing twice.
import { describe, expect, test } from "vitest";
import { edit, expectDebounced, reported, settle, watchFolder } from "./folder.mjs";

const numbers = (count) => Array.from({ length: count }, (_, index) => index);

/** A thousand files in twenty folders. */
const FILES = numbers(1000).map((index) => `dir-${index % 20}/file-${index}.json`);
const keyOf = (path) => path.replaceAll("/", ":");

/** Waits until the last report of each key is the expected one. */
async function arrive(watched, expected) {
  const all = () => [...expected].every(([key, event]) => watched.recorder.last.get(key) === event);
  await watched.recorder.until(all, `the final state of ${expected.size} files`, 20_000);
  await settle(watched);
  const last = new Map(
    [...watched.recorder.last].filter(([key, event]) => {
      // The temporary files of the editor may go unmentioned, but must not be left as present.
      const temporary = key.endsWith(".swp") && event === "remove";
      return !temporary && !key.startsWith("sentinel-");
    }),
  );
  expect(last).toEqual(expected);
  expectDebounced(watched);
}

describe("a thousand changes in a burst", () => {
  test("new files in new folders", async () => {
    const watched = await watchFolder();
    await edit(
      watched.base,
      FILES.map((path) => ["write", path, path]),
    );
    await arrive(watched, new Map(FILES.map((path) => [keyOf(path), "update"])));
  });

  test("files that exist are overwritten, replaced and removed", async () => {
    const watched = await watchFolder({
      files: Object.fromEntries(FILES.map((path) => [path, "old"])),
    });
    const actions = ["write", "replace", "remove"];
    const steps = FILES.map((path, index) => [actions[index % 3], path, `new ${index}`]);
    await edit(watched.base, steps);
    const events = FILES.map((path, index) => [keyOf(path), index % 3 === 2 ? "remove" : "update"]);
    await arrive(watched, new Map(events));
  });

  test("a few files change again and again", async () => {
    const files = FILES.slice(0, 20);
    const watched = await watchFolder({
      files: Object.fromEntries(files.map((path) => [path, "old"])),
    });
    const steps = numbers(50).flatMap((round) => {
      const action = ["write", "replace", "append"][round % 3];
      return files.map((path) => [action, path, `round ${round}\n`]);
    });
    await edit(watched.base, steps);
    await arrive(watched, new Map(files.map((path) => [keyOf(path), "update"])));
  });

  test("half of the files are ignored", async () => {
    const watched = await watchFolder({ driver: { ignore: ["**/cache/**", "**/*.tmp"] } });
    const kept = FILES.filter((_, index) => index % 2 === 0);
    const steps = FILES.map((path, index) => {
      const ignored = index % 4 === 1 ? `cache/${path}` : `${path}.tmp`;
      return ["write", index % 2 === 0 ? path : ignored, path];
    });
    await edit(watched.base, steps);
    await arrive(watched, new Map(kept.map((path) => [keyOf(path), "update"])));
  });

  test("files come and go", async () => {
    const watched = await watchFolder({ files: { "kept/file": "1" } });
    const steps = numbers(250).flatMap((index) => [
      ["write", `coming/${index}`, "1"],
      ["remove", `coming/${index}`],
      ["write", `coming/${index}`, "2"],
      ["write", `going/${index}`, "1"],
    ]);
    await edit(watched.base, [...steps, ["remove", "going"]]);
    const coming = numbers(250).map((index) => `coming:${index}`);
    const all = () => coming.every((key) => watched.recorder.last.get(key) === "update");
    await watched.recorder.until(all, "the files that stay");
    await settle(watched);
    // What never lasted may go unmentioned, but must not be left as present.
    for (const [key, event] of watched.recorder.last) {
      if (key.startsWith("going:")) expect(event, key).toBe("remove");
    }
    expect(reported(watched).filter((line) => line.includes("kept"))).toEqual([]);
    expectDebounced(watched);
  });
});

describe("edits as editors make them", () => {
  /**
   * The reports of `files`, and of nothing that lasted: a machine that is busy may leave a file
   * under its temporary name for so long that its coming and going are told.
   */
  async function reportsOf(files, steps) {
    const watched = await watchFolder({
      files: Object.fromEntries(files.map((name) => [name, "1"])),
    });
    await edit(watched.base, steps);
    await settle(watched);
    expectDebounced(watched);
    const lasting = new Set(steps.flatMap(([, path, target]) => [path, target]).map(String));
    for (const [key, event] of watched.recorder.last) {
      if (!lasting.has(key.replaceAll(":", "/"))) expect([key, event]).toEqual([key, "remove"]);
    }
    return [...new Set(reported(watched).filter((line) => !/[~#]|\.swp$/.test(line)))].sort();
  }

  test("a temporary file that is renamed over the file is an update", async () => {
    const steps = [
      ["replace", "notes/a.json", "2"],
      ["replace", "notes/b.json", "2"],
    ];
    const reports = await reportsOf(["notes/a.json", "notes/b.json"], steps);
    expect(reports).toEqual(["update notes:a.json", "update notes:b.json"]);
  });

  test("a file that is moved away and written anew is an update", async () => {
    const steps = [
      ["rename", "a.json", "a.json~"],
      ["write", "a.json", "2"],
      ["remove", "a.json~"],
    ];
    expect(await reportsOf(["a.json"], steps)).toEqual(["update a.json"]);
  });

  test("a file that gets another name is a removal and an update", async () => {
    const reports = await reportsOf(["old.json"], [["rename", "old.json", "new.json"]]);
    expect(reports).toEqual(["remove old.json", "update new.json"]);
  });
});

describe("folders", () => {
  test("that are made and filled at once", async () => {
    const watched = await watchFolder();
    const paths = numbers(50).map((index) => `new/${"deep/".repeat(index % 8)}file-${index}`);
    await edit(
      watched.base,
      paths.map((path) => ["write", path, "1"]),
    );
    await arrive(watched, new Map(paths.map((path) => [keyOf(path), "update"])));
  });

  test("that are made elsewhere and moved in, and out again", async () => {
    const watched = await watchFolder({ driver: { ignore: ["**/staging/**"] } });
    const names = ["a", "b/c", "b/d/e"];
    const prepare = names.map((name) => ["write", `staging/tree/${name}`, name]);
    await edit(watched.base, [...prepare, ["rename", "staging/tree", "tree"]]);
    const keys = names.map((name) => keyOf(`tree/${name}`));
    await arrive(watched, new Map(keys.map((key) => [key, "update"])));
    // What came with the folder is watched, too.
    await edit(watched.base, [["write", "tree/b/d/later", "1"]]);
    await watched.recorder.saw("update tree:b:d:later");
    await edit(watched.base, [["rename", "tree", "staging/gone"]]);
    const removed = [...keys, "tree:b:d:later"].map((key) => [key, "remove"]);
    await arrive(watched, new Map(removed));
  });

  test("that are removed with all they hold", async () => {
    const files = Object.fromEntries(
      numbers(30).map((index) => [`dir/${index % 3}/${index}`, "1"]),
    );
    const watched = await watchFolder({ files });
    await edit(watched.base, [["remove", "dir"]]);
    await arrive(watched, new Map(Object.keys(files).map((path) => [keyOf(path), "remove"])));
    await edit(watched.base, [["write", "dir/0/again", "1"]]);
    await watched.recorder.saw("update dir:0:again");
  });
});
