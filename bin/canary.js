#!/usr/bin/env node
require("tsx/cjs");
// A reader that has seen enough, as in `canary render | head`, is no failure.
process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1));
require("../cli/main.ts")
  .canary(process.argv.slice(2))
  .then((code) => {
    process.exitCode = code;
  });
