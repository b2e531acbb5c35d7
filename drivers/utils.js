"use strict";

module.exports = require("../js/drivers/utils.js");
