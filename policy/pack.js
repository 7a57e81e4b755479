// Pulumi would load a policy pack's TypeScript with full type checks at every start; tsx only strips the types.
require("tsx/cjs");
require("./index.ts");
