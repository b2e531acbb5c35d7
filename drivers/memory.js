"use strict";

module.exports = require("../js/drivers/memory.js");
