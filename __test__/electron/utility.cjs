// A utility process: it runs the checks, or works until it is ended. Usage: utility.cjs [folder]
"use strict";

const [folder] = process.argv.slice(2);
const say = (line) => console.log(line);

if (folder) require("./work.cjs").work(folder, say);
else
  require("../runtimes/program.cjs")
    .main(say)
    .then((failed) => process.exit(failed ? 1 : 0));
