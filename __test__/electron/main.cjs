// The main process of the tests in Electron. Usage: electron [flags of Electron] <scenario> <folder>
"use strict";

const { app } = require("electron");
const { endings } = require("./endings.cjs");
const { hosts } = require("./hosts.cjs");

const [scenario, folder] = process.argv.slice(-2);

/** What a failure of a scenario itself ends with; no scenario ends so by intention. */
const FAILED = 70;

app.setPath("userData", `${folder}/profile`);
// A test ends when it says so, not when its last window is closed.
app.on("window-all-closed", () => {});

app
  .whenReady()
  .then(() => ({ ...hosts, ...endings })[scenario](folder))
  .catch((error) => {
    console.error(error);
    app.exit(FAILED);
  });
