#!/usr/bin/env node
require("tsx/cjs");
const isLost = require("../cli/lost-output.ts").outliveOutput();
require("../cli/main.ts")
  .canary(process.argv.slice(2))
  .then((code) => {
    process.exitCode = isLost() ? 2 : code;
  });
