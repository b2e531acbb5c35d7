// Texts are cut where the parts of the envelope should meet, and annotations that were met before
// are found again: whatever the text, the result is that of parsing all of it anew.

import { describe, expect, it } from "vitest";
import { MAX_META_UNITS, MAX_PLANS } from "../../js/codec/limits.js";
import { decode, encode } from "../../js/codec.js";
import { StorageError } from "../../js/errors.js";
import { difference } from "./graph.js";
import { samples } from "./samples.js";

const EPOCH = "1970-01-01T00:00:00.000Z";
const META = '{"values":{"a":["Date"]},"v":1}';
const ANNOTATED = `{"json":{"a":"${EPOCH}"},"meta":${META}}`;
const OTHER = '{"values":{"b":["bigint"]},"v":1}';

/** Reads a text often enough that its annotations are the ones met last. */
function meet(text) {
  for (let time = 0; time < 3; time++) {
    decode(text);
  }
}

function expectCorrupt(text) {
  let error;
  try {
    decode(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(StorageError);
  expect(error.code).toBe("CORRUPT");
}

describe("a text read again", () => {
  for (const [name, make] of Object.entries(samples)) {
    it(`gives an equal value that shares nothing with the first: ${name}`, () => {
      const text = encode(make());
      const values = [decode(text), decode(text), decode(text), decode(text)];
      for (const value of values) {
        expect(difference(value, make())).toBeUndefined();
      }
      const objects = values.filter((value) => typeof value === "object" && value !== null);
      expect(new Set(objects).size).toBe(objects.length);
    });
  }

  it("is not changed by what was done to the first value", () => {
    const text = encode({ set: new Set([1]), list: [new Date(0), { n: 1n }] });
    for (let time = 0; time < 4; time++) {
      const value = /** @type {any} */ (decode(text));
      expect(value).toEqual({ set: new Set([1]), list: [new Date(0), { n: 1n }] });
      value.set.add(2);
      value.list.pop();
      value.list[0].setTime(5);
    }
  });

  it("gives the right value among more kinds of annotations than are kept", () => {
    const shapes = Array.from({ length: MAX_PLANS * 2 }, (_, at) => ({
      [`at${at}`]: new Date(at),
    }));
    const texts = shapes.map(encode);
    for (let round = 0; round < 3; round++) {
      expect(texts.map((text) => decode(text))).toEqual(shapes);
    }
  });

  it("gives the right value when its annotations are too long to be kept", () => {
    for (const length of [10, 100, MAX_META_UNITS]) {
      const dates = Array.from({ length }, (_, at) => ({ a: new Date(at), l: [at] }));
      const text = encode(dates);
      expect(decode(text)).toEqual(dates);
      expect(decode(text)).toEqual(dates);
    }
  });

  it("fails again when its annotations do not fit", () => {
    const bad = `{"json":{"b":1},"meta":${META}}`;
    for (let time = 0; time < 3; time++) {
      expectCorrupt(bad);
      expect(decode(ANNOTATED)).toEqual({ a: new Date(0) });
    }
  });
});

describe("annotations met before are not seen", () => {
  it.each([
    ["inside the value", `{"json":{"a":"x","meta":${META}}}`],
    ["behind a member that is not the value", `{"json":{"a":"x"},"other":1,"meta":${META}}`],
    ["in text", `{"json":${JSON.stringify(`"x","meta":${META}`)}}`],
    ["at the end of text", JSON.stringify(`{"json":1,"meta":${META}}`)],
    ["beside no value", `{"data":{"a":"x"},"meta":${META}}`],
  ])("%s", (_name, text) => {
    meet(ANNOTATED);
    const parsed = JSON.parse(text);
    const isEnvelope = typeof parsed === "object" && Object.keys(parsed).join() === "json";
    expect(decode(text)).toEqual(isEnvelope ? parsed.json : parsed);
  });

  it.each([
    ["a brace is missing", `{"json":{"a":"${EPOCH}","meta":${META}}`],
    ["a brace is too much", `{"json":{"a":"${EPOCH}"}},"meta":${META}}`],
    ["the value is missing", `{"json":,"meta":${META}}`],
    ["nothing but they are there", `,"meta":${META}}`],
    ["their first part is missing", '{"json":1,"meta":["Date"]},"v":1}}'],
    ["a comma is too much", `{"json":{"a":"${EPOCH}"},,"meta":${META}}`],
  ])("in a text that is not JSON: %s", (_name, text) => {
    meet(ANNOTATED);
    meet(encode({ a: new Date(0), meta: new Date(0) }));
    expectCorrupt(text);
    meet(ANNOTATED);
    expectCorrupt(text);
  });

  it("as the last of two, which counts as in JSON", () => {
    meet(`{"json":{"b":"1"},"meta":${OTHER}}`);
    meet(ANNOTATED);
    const value = `{"a":"${EPOCH}","b":"1"}`;
    expect(decode(`{"json":0,"json":${value},"meta":${META}}`)).toEqual({ a: new Date(0), b: "1" });
    expect(decode(`{"json":${value},"meta":${OTHER},"meta":${META}}`)).toEqual({
      a: new Date(0),
      b: "1",
    });
    expect(decode(`{"json":0,"meta":${META},"json":${value}}`)).toEqual({
      a: new Date(0),
      b: "1",
    });
  });
});

describe("text of other writers", () => {
  const value = { a: new Date(0) };

  it.each([
    ["with spaces", `{ "json": {"a": "${EPOCH}"}, "meta": ${META} }`],
    ["with spaces around the parts", `{"json": {"a":"${EPOCH}"} ,"meta": ${META} }`],
    [
      "with spaces in its annotations",
      `{"json":{"a":"${EPOCH}"},"meta":{"values":{"a":["Date"]}, "v":1}}`,
    ],
    ["with the value last", `{"meta":${META},"json":{"a":"${EPOCH}"}}`],
    ["without a version", `{"json":{"a":"${EPOCH}"},"meta":{"values":{"a":["Date"]}}}`],
    ["with its version first", `{"json":{"a":"${EPOCH}"},"meta":{"v":1,"values":{"a":["Date"]}}}`],
    ["with a later version", `{"json":{"a":"${EPOCH}"},"meta":{"values":{"a":["Date"]},"v":12}}`],
    ["with escapes in its names", `{"json":{"a":"${EPOCH}"},"\\u006deta":${META}}`],
  ])("is read the same each time: %s", (_name, text) => {
    for (let time = 0; time < 3; time++) {
      expect(decode(text)).toEqual(value);
      expect(decode(ANNOTATED)).toEqual(value);
    }
  });

  it.each([
    { list: [1] },
    [{ list: [[]] }],
    { deep: { list: [{}] } },
    { v: 1 },
    { in: { v: 1 } },
    { deep: { in: { v: 1 } } },
    { meta: 1 },
    { meta: { values: { a: ["Date"] }, v: 1 } },
    ["]}}", '"v":1}}'],
    '"v":1',
    `${"x".repeat(2 * MAX_META_UNITS)}`,
    { text: "x".repeat(2 * MAX_META_UNITS), in: { v: 1 } },
  ])("that ends like annotations is the plain value it is: %j", (plain) => {
    const text = encode(plain);
    expect(text).toBe(`{"json":${JSON.stringify(plain)}}`);
    expect(decode(text)).toEqual(plain);
    expect(decode(text.replace("}", " }"))).toEqual(JSON.parse(text.replace("}", " }")).json);
  });
});
