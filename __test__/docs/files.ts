import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/process.mjs";

/** Every Markdown file of the documentation, by its full path. */
export function markdownFiles(): string[] {
  const docs = join(ROOT, "docs");
  const nested = readdirSync(docs, { recursive: true, encoding: "utf8" });
  const inDocs = nested.filter((name) => name.endsWith(".md")).map((name) => join(docs, name));
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  return [...atRoot.map((name) => join(ROOT, name)), ...inDocs];
}
