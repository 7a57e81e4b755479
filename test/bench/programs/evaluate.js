/** Runs a program in TypeScript as Pulumi's Node.js host does by default, ts-node with types, with the SDK's own mocks for an engine. */
const { resolve } = require("node:path");
const compiler = require.resolve("@pulumi/pulumi/vendor/typescript@3.8.3/typescript.js");
require("@pulumi/pulumi/vendor/ts-node@7.0.1").register({ compiler });
const { runtime } = require("@pulumi/pulumi");

const mocks = {
  /** @param {{ name: string, inputs: object }} args */
  newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
  call: () => ({}),
};
runtime.setMocks(mocks, "canary-traffic", "dev", true);
runtime
  .runInPulumiStack(async () => require(resolve(process.argv[2] ?? "")))
  .then(() => runtime.disconnect());
