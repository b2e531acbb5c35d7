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
 * @property {string[][]} halved Keys that were written together, and not all of which have, or lack,
 *   what was written.
 */

export class Oracle {
  /** What each key may have. @type {Map<string, Set<State>>} */
  #possible = new Map();

  /** The last writes of several keys at once. @type {Map<string, State>[]} */
  #together = [];

  /** @param {string[]} keys All keys that are ever used. None has a value yet. */
  constructor(keys) {
    this.keys = keys;
    for (const key of keys) this.#possible.set(key, new Set([ABSENT]));
  }

  /** One that knows the same, and learns by itself from now on. */
  copy() {
    const copy = new Oracle(this.keys);
    copy.#possible = new Map(this.#possible);
    copy.#together = [...this.#together];
    return copy;
  }

  /**
   * A write was begun: from now on it may be there.
   *
   * @param {string} key
   * @param {State} state
   */
  begin(key, state) {
    // Of a key that is written anew nobody can tell any more whether the write before was whole.
    this.#together = this.#together.filter((batch) => !batch.has(key));
    this.#possible.get(key)?.add(state);
  }

  /**
   * A write of several keys was begun, which may be there as a whole.
   *
   * @param {[string, State][]} writes
   */
  beginTogether(writes) {
    for (const [key, state] of writes) this.begin(key, state);
    this.#together.push(new Map(writes));
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
      const torn = this.keys.filter((key) => !this.#allows(key, ABSENT));
      return { lost: [], torn, stray: [], halved: [] };
    }
    const halved = this.#together.filter((batch) => isHalf(batch, states));
    const wrong = Object.entries(states).filter(([key, state]) => !this.#allows(key, state));
    if (settles) this.#together = [];
    for (const [key, state] of settles ? Object.entries(states) : wrong)
      this.acknowledge(key, state);
    return {
      lost: wrong.filter(([, state]) => state !== TORN).map(([key]) => key),
      torn: wrong.filter(([, state]) => state === TORN).map(([key]) => key),
      stray: strayOf(states, listed),
      halved: halved.map((batch) => [...batch.keys()]),
    };
  }

  #allows(/** @type {string} */ key, /** @type {State} */ state) {
    return this.#possible.get(key)?.has(state) === true;
  }
}

/** @param {Map<string, State>} batch @param {Record<string, State>} states */
function isHalf(batch, states) {
  const there = [...batch].filter(([key, state]) => states[key] === state).length;
  return there > 0 && there < batch.size;
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

/** True if no item was harmed. @param {Harm} harm */
export const isHarmless = ({ lost, torn, stray }) => lost.length + torn.length + stray.length === 0;
