// Storages that carry out operations, each through its own way in.
import { print } from "./print.mjs";

/**
 * @typedef {"async" | "sync" | "mixed"} Twin Which methods are used: those that return promises,
 *   those that do not, or now the one and now the other.
 */

/** One storage and the way it is called. */
export class Player {
  /** Events since they were last taken, as `event key`. */
  #seen = /** @type {string[]} */ ([]);

  /**
   * @param {{ name: string, library: object, storage: object, twin: Twin, ours: boolean }} setup
   */
  constructor({ name, library, storage, twin, ours }) {
    Object.assign(this, { name, library, storage, twin, ours });
  }

  /** Starts to collect events. */
  async watch() {
    await this.storage.watch((event, key) => this.#seen.push(`${event} ${key}`));
  }

  /** The events since the last call. */
  takeEvents() {
    return this.#seen.splice(0);
  }

  /** Whether this player uses the sync twin for `operation`. */
  isSync(operation) {
    return this.twin === "sync" || (this.twin === "mixed" && operation.sync === true);
  }

  /**
   * Carries out an operation.
   *
   * @param {import("./operations.mjs").Operation} operation
   * @returns {unknown} The answer, or a promise of it.
   */
  perform(operation) {
    if (operation.method === "burst") return this.#burst(operation);
    const { prefixStorage } = this.library;
    const target =
      operation.prefix === undefined ? this.storage : prefixStorage(this.storage, operation.prefix);
    const method = this.isSync(operation) ? `${operation.method}Sync` : operation.method;
    const args = operation.args.map(privateCopy);
    const answer = target[method](...args);
    // Whoever kept our bytes instead of a copy will now be found out.
    if (this.ours) for (const arg of args) if (ArrayBuffer.isView(arg)) arg.fill(0xee);
    return answer;
  }

  /** Makes all calls before waiting for any. */
  #burst({ args, sync }) {
    const answers = args.map((operation) => this.perform({ ...operation, sync }));
    return this.isSync({ sync }) ? answers : Promise.all(answers);
  }
}

function privateCopy(value) {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  return value instanceof Uint8Array ? value.slice() : value;
}

/** The printed outcome of a call: its value, or the code of its failure. */
export async function outcome(call, adapt = (value) => value) {
  try {
    return print(adapt(await call()));
  } catch (error) {
    return `failed with ${error.code ?? error.message}`;
  }
}
