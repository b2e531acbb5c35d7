"use strict";

module.exports = require("../js/drivers/queue.js");
