import {
  filterKeyByBase,
  filterKeyByDepth,
  joinKeys,
  normalizeBaseKey,
  normalizeKey,
} from "stowage";
import { describe, expect, it } from "vitest";

describe("key functions", () => {
  it("normalizeKey", () => {
    const cases: Array<[string | undefined, string]> = [
      [undefined, ""],
      ["", ""],
      ["/", ""],
      ["a", "a"],
      ["/a/b/", "a:b"],
      ["a\\b", "a:b"],
      ["a:::b", "a:b"],
      [":a:", "a"],
      ["a?b=1", "a"],
      ["?a", ""],
      ["a b", "a b"],
      ["a/?x/y", "a"],
      ["ä:日本", "ä:日本"],
      ["foo:bar.baz", "foo:bar.baz"],
    ];
    for (const [given, expected] of cases) expect(normalizeKey(given), given).toBe(expected);
  });

  it("joinKeys", () => {
    expect(joinKeys("a", "b", "c")).toBe("a:b:c");
    expect(joinKeys("a:", ":b")).toBe("a:b");
    expect(joinKeys("", "a", "")).toBe("a");
    expect(joinKeys()).toBe("");
    expect(joinKeys("/a/", "b/c")).toBe("a:b:c");
  });

  it("normalizeBaseKey", () => {
    expect(normalizeBaseKey()).toBe("");
    expect(normalizeBaseKey("")).toBe("");
    expect(normalizeBaseKey("/")).toBe("");
    expect(normalizeBaseKey("a")).toBe("a:");
    expect(normalizeBaseKey("/a/b:")).toBe("a:b:");
  });

  it("filterKeyByDepth", () => {
    expect(filterKeyByDepth("a:b:c", undefined)).toBe(true);
    expect(filterKeyByDepth("a", 0)).toBe(true);
    expect(filterKeyByDepth("a:b", 0)).toBe(false);
    expect(filterKeyByDepth("a:b", 1)).toBe(true);
    expect(filterKeyByDepth("a:b:c", 1)).toBe(false);
  });

  it("filterKeyByBase", () => {
    expect(filterKeyByBase("a:b", "a:")).toBe(true);
    expect(filterKeyByBase("ab", "a:")).toBe(false);
    expect(filterKeyByBase("a:b$", "a:")).toBe(false);
    expect(filterKeyByBase("a", "")).toBe(true);
    expect(filterKeyByBase("a$", "")).toBe(false);
    expect(filterKeyByBase("a", undefined)).toBe(true);
    expect(filterKeyByBase("a$", undefined)).toBe(false);
  });
});
