"use strict";

const { fsDriver } = require("../fs-driver.js");

/** Keeps each item in a file and reports changes that others make. */
const driver = fsDriver({ name: "fs", canWatch: true });

module.exports = driver;
module.exports.default = driver;
