// An Electron below the promised ones: loading ends with a sentence that says so, not with a crash or
// an error of the parser. Written for the Node of that Electron.
const { app } = require("electron");

const WAYS = {
  "the binary itself can be loaded": () => {
    const triple = `${process.platform}-${process.arch}-gnu`;
    const binary = require(`../../stowage.${triple}.node`);
    if (typeof binary.connect !== "function") throw new Error("it has no functions");
  },
  "the package says what it needs": () => refuses("../../index.js"),
};

/** @param {string} path */
function refuses(path) {
  try {
    require(path);
  } catch (error) {
    if (/needs Node-API 8 .* here it is [0-7]\./.test(error.message)) return;
    throw error;
  }
  throw new Error("it was loaded");
}

app.on("ready", () => {
  let failed = 0;
  for (const [index, [title, check]] of Object.entries(WAYS).entries()) {
    try {
      check();
      console.log(`ok ${index + 1} - ${title}`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${index + 1} - ${title}\n# ${error.message}`);
    }
  }
  console.log(`1..${Object.keys(WAYS).length}`);
  app.exit(failed);
});
