import type { Driver } from "stowage";
import { vi } from "vitest";

/** A queued operation as monitors read it. */
export interface Operation {
  type: "set" | "remove";
  key: string;
  value?: unknown;
  options?: object;
  timestamp: number;
  isRaw?: boolean;
}

/** What `getInstance()` of a queue gives. */
export interface QueueContext {
  queue: {
    size: number;
    has(key: string): boolean;
    get(key: string): Operation | undefined;
    keys(): Iterable<string>;
  };
  flushing: boolean;
  disposed: boolean;
}

export const contextOf = (driver: Driver) => driver.getInstance?.() as QueueContext;

/** An inner driver whose every method is a spy over a Map. */
export function spiedDriver() {
  const data = new Map<string, unknown>();
  return {
    data,
    name: "spied",
    hasItem: vi.fn((key: string) => data.has(key)),
    getItem: vi.fn((key: string) => (data.get(key) ?? null) as string | null),
    getItemRaw: vi.fn((key: string) => data.get(key) ?? null),
    setItem: vi.fn(async (key: string, value: string, _options: object): Promise<void> => {
      data.set(key, value);
    }),
    setItems: vi.fn(async (items: Array<{ key: string; value: string; options?: object }>) => {
      for (const { key, value } of items) data.set(key, value);
    }),
    setItemRaw: vi.fn(async (key: string, value: unknown, _options: object): Promise<void> => {
      data.set(key, value);
    }),
    removeItem: vi.fn(async (key: string, _options: object): Promise<void> => {
      data.delete(key);
    }),
    getKeys: vi.fn(() => [...data.keys()]),
    clear: vi.fn(async (base = "") => {
      for (const key of data.keys()) if (key.startsWith(base)) data.delete(key);
    }),
    dispose: vi.fn(async () => undefined),
  };
}

/** A promise that the test settles, and a way to wait until someone waits for it. */
export function gate() {
  let open: () => void = () => undefined;
  let arrive: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    open: () => open(),
    /** Resolves when {@link pass} was called for the first time. */
    reached,
    async pass() {
      arrive();
      await opened;
    },
  };
}

/** Lets everything run that is ready to run, without timers. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
