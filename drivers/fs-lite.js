"use strict";

module.exports = require("../js/drivers/fs-lite.js");
