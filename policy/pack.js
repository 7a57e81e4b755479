// Pulumi would load a policy pack's TypeScript with full type checks at every start.
require("../base/typescript.js");
require("./index.ts");
