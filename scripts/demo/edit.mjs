// Another process than the demo's: it changes files behind the storage's back. The edits arrive as
// JSON on standard input: a list of { path, text, atomic }.
import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** @param {{ path: string, text: string, atomic: boolean }} edit */
function apply({ path, text, atomic }) {
  if (!atomic) return writeFileSync(path, text);
  // The way of most editors: write beside the file, then move over it.
  const beside = `${path}.edit~`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}

for (const edit of JSON.parse(readFileSync(0, "utf8"))) apply(edit);
