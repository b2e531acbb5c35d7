"use strict";

const { fsDriver } = require("../fs-driver.js");

/** Keeps each item in a file. */
const driver = fsDriver({ name: "fs-lite", canWatch: false });

module.exports = driver;
module.exports.default = driver;
