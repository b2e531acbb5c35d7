"use strict";

module.exports = require("../js/drivers/sqlite.js");
