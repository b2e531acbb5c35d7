// Finds the code blocks of a Markdown file, and what they say about themselves.

/**
 * @typedef {object} Block
 * @property {string} file The file's path as it was given.
 * @property {number} line Of the opening fence, from 1.
 * @property {string} language The first word after the fence.
 * @property {string[]} flags The other words after the fence.
 * @property {string} reason What a comment `<!-- not run: … -->` above the fence says.
 * @property {string} code
 */

const FENCE = /^```(.*)$/;
const REASON = /^<!-- not run: (.+) -->$/;

/**
 * @param {string} file
 * @param {string} markdown
 * @returns {Block[]}
 */
export function blocksOf(file, markdown) {
  const lines = markdown.split("\n");
  /** @type {Block[]} */
  const blocks = [];
  for (let index = 0; index < lines.length; index++) {
    const fence = FENCE.exec(lines[index] ?? "");
    if (!fence) continue;
    const end = closingFence(file, lines, index);
    const [language = "", ...flags] = (fence[1] ?? "").trim().split(/\s+/);
    const code = lines.slice(index + 1, end).join("\n");
    blocks.push({
      file,
      line: index + 1,
      language,
      flags,
      reason: reasonAbove(lines, index),
      code,
    });
    index = end;
  }
  return blocks;
}

/**
 * @param {string} file
 * @param {string[]} lines
 * @param {number} start
 */
function closingFence(file, lines, start) {
  const end = lines.indexOf("```", start + 1);
  if (end < 0) throw new Error(`${file}:${start + 1}: a code block that does not end`);
  return end;
}

/**
 * @param {string[]} lines
 * @param {number} fence
 */
function reasonAbove(lines, fence) {
  const above =
    lines
      .slice(0, fence)
      .reverse()
      .find((line) => line.trim() !== "") ?? "";
  return REASON.exec(above.trim())?.[1] ?? "";
}

/**
 * The output that a block promises: what stands after `// → `, line by line.
 *
 * @param {string} code
 * @returns {string[]}
 */
export function promisedOutput(code) {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map((match) => (match[1] ?? "").trim());
}

/**
 * Every relative link of a Markdown file, without code blocks.
 *
 * @param {string} markdown
 * @returns {string[]}
 */
export function relativeLinks(markdown) {
  const prose = markdown.replace(/^```.*?^```$/gms, "").replace(/`[^`\n]*`/g, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  return targets.filter((target) => !/^[a-z]+:/i.test(target));
}

/**
 * The anchors that GitHub gives the headings of a Markdown file.
 *
 * @param {string} markdown
 * @returns {string[]}
 */
export function anchorsOf(markdown) {
  const prose = markdown.replace(/^```.*?^```$/gms, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replace(/ /g, "-"),
  );
}
