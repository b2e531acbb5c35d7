import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { createStorage, type Storage } from "stowage";
import memory from "stowage/drivers/memory";
import { expect, it } from "vitest";

/** The last three are other spellings of the first two. */
const KEYS = ["a", "b:c", "b:d", "m:x", "a$", "/a", "b/c", "b:c?query"];

/** Texts of which some are not what the library writes: bare JSON, annotated, escaped, corrupt. */
const TEXTS = [
  '{"a":[1,{"b":2}]}',
  '{"json":{"at":"2024-01-01T00:00:00.000Z"},"meta":{"values":{"at":["Date"]},"v":1}}',
  '{"json":{"x":{"y":1},"z":null},"meta":{"referentialEqualities":{"x":["z"]},"v":1}}',
  '{"json":{"at":"2024-01-01T00:00:00.000Z"},"m\\u0065ta":{"values":{"at":["Date"]},"v":1}}',
  '{"json":{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}}',
  '{"json":',
  "null",
];

const LONG = 5000;

const values = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue({ depthSize: "small" }) },
  fc.constant({ nested: [[1, [2, { deep: [3] }]], { meta: { level: 1 } }] }),
  fc.constant(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`key${at}`, { at }]))),
  fc.constant({ "0": "index", "10": ["index"], name: "é\u0001" }),
  fc.constant({ long: "x".repeat(LONG) }),
  fc.constant({ at: new Date(5), set: new Set([1]), bytes: 1n }),
  fc.constant(JSON.parse('{"__proto__":{"a":1},"b":2}')),
);

interface World {
  driver: ReturnType<typeof memory>;
  view: Map<string, unknown>;
  storages: Storage[];
  /** Storages over the same content that keep nothing, because their driver is one of JavaScript. */
  references: Storage[];
  failures: string[];
}

type Step = (world: World) => unknown;

function attempt(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    return { code: (error as { code?: string }).code };
  }
}

async function attemptLater(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await read() };
  } catch (error) {
    return { code: (error as { code?: string }).code };
  }
}

/** Changes everything that a caller can reach. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  for (const member of Object.values(value)) spoil(member);
  if (Array.isArray(value)) value.push("spoiled");
  else Object.assign(value, { spoiled: true });
}

function compare(world: World, at: number, key: string, found: unknown): void {
  const expected = attempt(() => world.references[at]?.getItemSync(key));
  if (!isDeepStrictEqual(found, expected)) {
    world.failures.push(`${key}: ${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
  }
  if (typeof (found as { value?: unknown }).value === "object")
    spoil((found as { value: unknown }).value);
}

function checkSync(world: World, at: number, key: string): void {
  compare(
    world,
    at,
    key,
    attempt(() => world.storages[at]?.getItemSync(key)),
  );
}

async function checkLater(world: World, at: number, key: string): Promise<void> {
  compare(world, at, key, await attemptLater(async () => world.storages[at]?.getItem(key)));
}

const key = fc.constantFrom(...KEYS);
const text = fc.constantFrom(...TEXTS);
const which = fc.constantFrom(0, 1);
const form = fc.constantFrom("", "Sync");

/** One of the storages, with its methods by name. */
function pick(world: World, at: number): Record<string, (...args: unknown[]) => unknown> {
  return world.storages[at] as never;
}

const reads: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(which, key).map(
    ([at, name]): Step =>
      (world) => {
        for (let time = 0; time < 4; time++) checkSync(world, at, name);
      },
  ),
  fc.tuple(which, key).map(
    ([at, name]): Step =>
      async (world) => {
        for (let time = 0; time < 4; time++) await checkLater(world, at, name);
      },
  ),
);

const writes: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(which, form, key, values).map(
    ([at, how, name, value]): Step =>
      (world) =>
        pick(world, at)[`setItem${how}`]?.(name, value),
  ),
  fc.tuple(which, form, key, key, values).map(
    ([at, how, one, two, value]): Step =>
      (world) => {
        const items = [
          { key: one, value },
          { key: two, value: 1 },
        ];
        return pick(world, at)[`setItems${how}`]?.(items);
      },
  ),
  fc.tuple(which, form, key, text).map(
    ([at, how, name, raw]): Step =>
      (world) =>
        pick(world, at)[`setItemRaw${how}`]?.(name, raw),
  ),
  fc.tuple(which, form, key, fc.boolean()).map(
    ([at, how, name, meta]): Step =>
      (world) =>
        pick(world, at)[`removeItem${how}`]?.(name, meta),
  ),
  fc.tuple(which, form, key, values).map(
    ([at, how, name, value]): Step =>
      (world) =>
        pick(world, at)[`setMeta${how}`]?.(name, { value }),
  ),
  fc.tuple(which, form, fc.constantFrom("", "b")).map(
    ([at, how, base]): Step =>
      (world) =>
        pick(world, at)[`clear${how}`]?.(base),
  ),
);

const otherDoors: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, text).map(
    ([name, raw]): Step =>
      (world) =>
        world.driver.setItem?.(name, raw, {}),
  ),
  fc.tuple(key, text).map(
    ([name, raw]): Step =>
      (world) =>
        world.driver.setItemSync?.(name, raw, {}),
  ),
  key.map(
    (name): Step =>
      (world) =>
        world.driver.removeItemSync?.(name, {}),
  ),
  fc.constant<Step>((world) => world.driver.clear?.("b:", {})),
  fc.tuple(key, text).map(
    ([name, raw]): Step =>
      (world) =>
        world.view.set(name, raw),
  ),
  key.map(
    (name): Step =>
      (world) =>
        world.view.delete(name),
  ),
  fc.constant<Step>((world) => world.view.clear()),
);

/** Reads often enough for the value to be kept. */
function warm(world: World, at: number, name: string): void {
  for (let time = 0; time < 3; time++) checkSync(world, at, name);
}

/** Calls that a listener or a getter makes while another call runs. */
const nested: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, text).map(
    ([name, raw]): Step =>
      (world) => {
        world.driver.setItemSync?.(name, raw, {});
      },
  ),
  fc.tuple(which, key, values).map(
    ([at, name, value]): Step =>
      (world) => {
        world.storages[at]?.setItemSync(name, value);
      },
  ),
  fc.tuple(which, key).map(
    ([at, name]): Step =>
      (world) =>
        warm(world, at, name),
  ),
);

/** The calls that application code can run inside of. */
const hosts: fc.Arbitrary<(storage: Storage, options?: object) => unknown> = fc.oneof(
  key.map(
    (name) =>
      (storage: Storage, options = {}) =>
        storage.setItemSync(name, 1, options),
  ),
  key.map(
    (name) =>
      (storage: Storage, options = {}) =>
        storage.removeItemSync(name, options),
  ),
  fc.constant((storage: Storage) => storage.removeItemSync("never:stored")),
);

/** Code of the application that runs inside of a write. */
const inside: fc.Arbitrary<Step> = fc
  .tuple(which, fc.boolean(), hosts, fc.array(nested, { minLength: 1, maxLength: 3 }))
  .map(
    ([at, isListener, host, calls]): Step =>
      async (world) => {
        const storage = world.storages[at] as Storage;
        let isRunning = false;
        const run = () => {
          if (isRunning) return;
          isRunning = true;
          for (const call of calls) call(world);
          isRunning = false;
        };
        const unwatch = isListener ? await storage.watch(run) : undefined;
        for (const name of KEYS) warm(world, at, name);
        if (isListener) host(storage);
        else
          attempt(() =>
            host(storage, {
              get ttl() {
                return run();
              },
            }),
          );
        for (const name of KEYS) checkSync(world, at, name);
        await unwatch?.();
      },
  );

const mounts: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  async (world) => {
    const mounted = memory();
    await mounted.setItem?.("x", '{"json":"mounted"}', {});
    for (const [at, storage] of [world.storages[0], world.references[0]].entries()) {
      if (storage?.getMounts("m").length === 0)
        storage.mount("m", at === 0 ? mounted : { ...mounted });
    }
  },
  async (world) => {
    await world.storages[0]?.unmount("m");
    await world.references[0]?.unmount("m", false);
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: reads },
  { weight: 6, arbitrary: writes },
  { weight: 3, arbitrary: otherDoors },
  { weight: 2, arbitrary: inside },
);

function createWorld(): World {
  const driver = memory();
  return {
    driver,
    view: driver.getInstance?.() as Map<string, unknown>,
    storages: [createStorage({ driver }), createStorage({ driver })],
    references: [
      createStorage({ driver: { ...driver } }),
      createStorage({ driver: { ...driver } }),
    ],
    failures: [],
  };
}

async function play(steps: Step[]): Promise<void> {
  const world = createWorld();
  for (const each of steps) {
    await attemptLater(async () => each(world));
    expect(world.failures).toEqual([]);
  }
  for (const name of KEYS) {
    checkSync(world, 0, name);
    checkSync(world, 1, name);
  }
  expect(world.failures).toEqual([]);
}

it("no way of changing a value leaves a read stale, and no reader sees another's changes", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), play), {
    numRuns: 300,
  });
});

it("the same holds when drivers are mounted and unmounted in between", async () => {
  const steps = fc.array(fc.oneof({ weight: 12, arbitrary: step }, mounts), {
    maxLength: 40,
    size: "max",
  });
  await fc.assert(fc.asyncProperty(steps, play), { numRuns: 100 });
});
