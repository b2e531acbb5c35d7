// Removing folders in every runtime: the oldest Electron has no `fs.rmSync`.
"use strict";

const fs = require("node:fs");

/** @param {string} folder */
function remove(folder) {
  if (fs.rmSync) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  else fs.rmdirSync(folder, { recursive: true, maxRetries: 5 });
}

module.exports = { remove };
