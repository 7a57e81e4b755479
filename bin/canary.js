#!/usr/bin/env node
require("../base/typescript.js");
require("../cli/start.ts");
