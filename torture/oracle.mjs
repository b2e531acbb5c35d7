// What may be in a store: it is told of every write that begins and ends, and judges what is read.
import { ABSENT, TORN } from "./values.mjs";

/** @typedef {import("./values.mjs").State} State */

/**
 * @typedef {object} Sight What a process saw of a store.
 * @property {Record<string, State>} states By key, of the keys that it was asked for.
 * @property {string[]} listed
 * @property {string} [failure] Why the store could not be opened or listed.
 *
 * @typedef {object} Harm
 * @property {string[]} lost Keys that have neither the last acknowledged value nor a later one.
 * @property {string[]} torn Keys whose value is not one that was written, or cannot be read.
 * @property {string[]} stray What is listed and was never stored, and keys that have a value and
 *   are not listed.
 */

export class Oracle {
  /** What each key may have. @type {Map<string, Set<State>>} */
  #possible = new Map();

  /** @param {string[]} keys All keys that are ever used. None has a value yet. */
  constructor(keys) {
    this.keys = keys;
    for (const key of keys) this.#possible.set(key, new Set([ABSENT]));
  }

  /** One that knows the same, and learns by itself from now on. */
  copy() {
    const copy = new Oracle(this.keys);
    copy.#possible = new Map(this.#possible);
    return copy;
  }

  /**
   * A write was begun: from now on it may be there.
   *
   * @param {string} key
   * @param {State} state
   */
  begin(key, state) {
    this.#possible.get(key)?.add(state);
  }

  /**
   * A write was acknowledged: nothing older may be there any more. Writes of one key must follow
   * each other.
   *
   * @param {string} key
   * @param {State} state
   */
  acknowledge(key, state) {
    this.#possible.set(key, new Set([state]));
  }

  /**
   * Judges what was seen. A harm counts once: it is taken as what is there from now on.
   *
   * @param {Sight} sight
   * @param {{ settles?: boolean }} [options] Takes all that was seen as what is there from now on:
   *   right if no other process has anything in hand.
   * @returns {Harm}
   */
  judge({ states, listed, failure }, { settles = false } = {}) {
    if (failure !== undefined) {
      // With the store every value is out of reach that must be there.
      return { lost: [], torn: this.keys.filter((key) => !this.#allows(key, ABSENT)), stray: [] };
    }
    const wrong = Object.entries(states).filter(([key, state]) => !this.#allows(key, state));
    for (const [key, state] of settles ? Object.entries(states) : wrong)
      this.acknowledge(key, state);
    return {
      lost: wrong.filter(([, state]) => state !== TORN).map(([key]) => key),
      torn: wrong.filter(([, state]) => state === TORN).map(([key]) => key),
      stray: strayOf(states, listed),
    };
  }

  #allows(/** @type {string} */ key, /** @type {State} */ state) {
    return this.#possible.get(key)?.has(state) === true;
  }
}

/**
 * @param {Record<string, State>} states
 * @param {string[]} listed
 */
function strayOf(states, listed) {
  const known = Object.keys(states);
  const foreign = listed.filter((key) => !known.includes(key));
  const missing = known.filter((key) => states[key] !== ABSENT && !listed.includes(key));
  return [...foreign, ...missing];
}

/** True if nothing was harmed. @param {Harm} harm */
export const isHarmless = ({ lost, torn, stray }) => lost.length + torn.length + stray.length === 0;
