"use strict";

module.exports = require("../js/drivers/fs.js");
