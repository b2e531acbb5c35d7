// The judge of the torture must itself be right: it calls harm harm, and nothing else.
import { describe, expect, test } from "vitest";
import { isHarmless, Oracle } from "../../torture/oracle.mjs";
import { faultsOf, reportOf } from "../../torture/report.mjs";
import { ABSENT, makeValue, stateOf, TORN } from "../../torture/values.mjs";

const NO_HARM = { lost: [], torn: [], stray: [], halved: [] };

describe("a value", () => {
  const value = makeValue("folder:k", 7, 1000);

  test("tells its number", () => {
    expect(stateOf("folder:k", value)).toBe(7);
    expect(stateOf("k", makeValue("k", 0, 0))).toBe(0);
  });

  test("is torn when anything of it is wrong", () => {
    const longer = makeValue("folder:k", 8, 1200);
    const wrong = [
      value.slice(0, -1),
      value.slice(0, 40),
      `${value}x`,
      value.slice(0, 500) + longer.slice(500),
      value.replace("|7|", "|8|"),
      "",
      "\0".repeat(1000),
      { value },
    ];
    for (const each of wrong) expect(stateOf("folder:k", each), String(each)).toBe(TORN);
  });

  test("of another key is torn", () => expect(stateOf("other", value)).toBe(TORN));

  test("is absent when there is none", () => {
    expect([null, undefined].map((none) => stateOf("k", none))).toEqual([ABSENT, ABSENT]);
  });
});

describe("the oracle", () => {
  /** @param {Record<string, any>} states */
  const sight = (states) => ({
    states,
    listed: Object.keys(states).filter((key) => states[key] !== ABSENT),
  });
  const known = () => {
    const oracle = new Oracle(["a", "b"]);
    oracle.begin("a", 1);
    oracle.acknowledge("a", 1);
    return oracle;
  };

  test("finds what was acknowledged", () => {
    expect(known().judge(sight({ a: 1, b: ABSENT }))).toEqual(NO_HARM);
  });

  test("takes the old and the new value of a write that was only begun", () => {
    for (const state of [1, 2]) {
      const oracle = known();
      oracle.begin("a", 2);
      expect(isHarmless(oracle.judge(sight({ a: state, b: ABSENT })))).toBe(true);
    }
  });

  test.each([
    ["an older value", 1],
    ["absence", ABSENT],
    ["a value that was never begun", 3],
  ])("misses an acknowledged write: %s", (_, state) => {
    const oracle = known();
    oracle.begin("a", 2);
    oracle.acknowledge("a", 2);
    expect(oracle.judge(sight({ a: state, b: ABSENT })).lost).toEqual(["a"]);
  });

  test("sees that a removed value came back", () => {
    const oracle = known();
    oracle.begin("a", ABSENT);
    oracle.acknowledge("a", ABSENT);
    expect(oracle.judge(sight({ a: 1, b: ABSENT })).lost).toEqual(["a"]);
  });

  test("sees torn values, once", () => {
    const oracle = known();
    expect(oracle.judge(sight({ a: TORN, b: ABSENT })).torn).toEqual(["a"]);
    expect(oracle.judge(sight({ a: TORN, b: ABSENT })).torn).toEqual([]);
  });

  test("counts what must be there as torn when the store does not open", () => {
    const harm = known().judge({ states: {}, listed: [], failure: "no" });
    expect(harm).toEqual({ ...NO_HARM, torn: ["a"] });
  });

  test("sees listings with too much and too little", () => {
    const states = { a: 1, b: ABSENT };
    expect(known().judge({ states, listed: ["a", "left-over"] }).stray).toEqual(["left-over"]);
    expect(known().judge({ states, listed: [] }).stray).toEqual(["a"]);
  });

  test("lets nothing go back once it was seen, if nobody is writing", () => {
    const oracle = known();
    oracle.begin("a", 2);
    oracle.judge(sight({ a: 2, b: ABSENT }), { settles: true });
    expect(oracle.judge(sight({ a: 1, b: ABSENT })).lost).toEqual(["a"]);
  });

  test.each([
    ["all of it", { a: 2, b: 2 }, []],
    ["nothing of it", { a: 1, b: ABSENT }, []],
    ["a half of it", { a: 2, b: ABSENT }, [["a", "b"]]],
    ["the other half", { a: 1, b: 2 }, [["a", "b"]]],
  ])("knows a batch of which there is %s", (_, states, halved) => {
    const oracle = known();
    oracle.beginTogether([
      ["a", 2],
      ["b", 2],
    ]);
    const harm = oracle.judge(sight(states), { settles: true });
    expect(harm).toEqual({ ...NO_HARM, halved });
    expect(oracle.judge(sight(states))).toEqual(NO_HARM);
  });

  test("calls no batch halved of which a key was written anew", () => {
    const oracle = known();
    oracle.beginTogether([
      ["a", 2],
      ["b", 2],
    ]);
    oracle.begin("a", 3);
    expect(oracle.judge(sight({ a: 3, b: 2 })).halved).toEqual([]);
  });

  test("learns nothing from its copy", () => {
    const oracle = known();
    oracle.copy().judge(sight({ a: ABSENT, b: ABSENT }));
    expect(oracle.judge(sight({ a: 1, b: ABSENT }))).toEqual(NO_HARM);
  });
});

describe("the report", () => {
  const run = async () => {};
  const rows = [
    { name: "kills", isWork: true },
    { name: "lost", isHarm: true },
  ];
  const kill = { name: "kill", title: "kill -9", rows, run };
  /** @param {Record<string, number>} counts @param {string} [failure] */
  const result = (counts, failure) => ({
    case: "kill",
    adapter: "a",
    version: "1",
    counts,
    ...(failure && { failure }),
  });

  test("finds fault with harm, with idleness and with a break-down", () => {
    expect(faultsOf(kill, result({ kills: 3 }))).toEqual([]);
    expect(faultsOf(kill, result({ kills: 3, lost: 1 }))).toEqual(["kill -9, a: 1 lost"]);
    expect(faultsOf(kill, result({}))).toEqual(["kill -9, a: 0 kills"]);
    expect(faultsOf(kill, result({ kills: 3 }, "it hung"))).toEqual(["kill -9, a: it hung"]);
  });

  test("forgives what a library never promised", () => {
    const free = {
      name: "halved",
      isHarm: true,
      isFreeTo: (/** @type {string} */ name) => name === "a",
    };
    const both = { ...kill, rows: [...rows, free] };
    expect(faultsOf(both, result({ kills: 3, halved: 1 }))).toEqual([]);
    expect(faultsOf(both, { ...result({ kills: 3, halved: 1 }), adapter: "b" })).toEqual([
      "kill -9, b: 1 halved",
    ]);
  });

  test("shows harm in bold, and names what was left out", () => {
    const adapters = [{ name: "a", file: "a.mjs" }];
    const about = { cases: [kill], adapters, skipped: ["b was left out."], command: "x" };
    const text = reportOf([result({ kills: 3000, lost: 1 })], about);
    expect(text).toContain("| kills | 3,000 |");
    expect(text).toContain("| lost | **1** |");
    expect(text).toContain("b was left out.");
  });
});
