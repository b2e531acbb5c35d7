// Numbers that look random and are the same for the same seed.

/** A source of choices; equal seeds give equal choices on every platform. */
export class Random {
  #state;

  /** @param {number} seed A 32-bit integer. */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** The next number in [0, 1): one step of a mixed Weyl sequence. */
  next() {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** An integer in [0, limit). */
  below(limit) {
    return Math.floor(this.next() * limit);
  }

  /** True with the given probability. */
  chance(probability) {
    return this.next() < probability;
  }

  /** One of `choices`. */
  pick(choices) {
    return choices[this.below(choices.length)];
  }

  /** A list of `length` results of `make`. */
  list(length, make) {
    return Array.from({ length }, () => make());
  }

  /** One of the values of `table`, whose entries are `[weight, value]`. */
  weighted(table) {
    let left = this.next() * table.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of table) {
      left -= weight;
      if (left < 0) return value;
    }
    return table[table.length - 1][1];
  }
}
