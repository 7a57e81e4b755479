#!/usr/bin/env node
require("tsx/cjs");
for (const name of ["stdout", "stderr"]) {
  process[name].on("error", (error) => {
    // A reader that has seen enough, as in `canary preview | head -1`, changes nothing of what the exit code says.
    if (error.code === "EPIPE") return;
    if (name === "stdout") process.stderr.write(`stdout: ${error.message}\n`);
    process.exit(2);
  });
}
require("../cli/main.ts")
  .canary(process.argv.slice(2))
  .then((code) => {
    process.exitCode = code;
  });
