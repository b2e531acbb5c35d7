// Another process that writes files: for each line of names that it reads, it writes these files
// and answers with the instant at which the first was written.
"use strict";

const { writeFileSync } = require("node:fs");
const { createInterface } = require("node:readline");

let writes = 0;

createInterface({ input: process.stdin }).on("line", (line) => {
  const paths = /** @type {string[]} */ (JSON.parse(line));
  let first = 0n;
  for (const path of paths) {
    writeFileSync(path, JSON.stringify({ write: writes++ }));
    first ||= process.hrtime.bigint();
  }
  process.stdout.write(`${first}\n`);
});
process.stdout.write("ready\n");
