#!/usr/bin/env node
const { existsSync } = require("node:fs");
const { join } = require("node:path");

if (existsSync(join(__dirname, "../cli/start.ts"))) {
  require("../base/typescript.js");
  require("../cli/start.ts");
} else {
  // In the package: see packaging/build.ts.
  require(join(__dirname, "../dist/cli.js")).start();
}
