/** `npm run test:lab -- [--kubeconfig FILE] [mocha's options] [FILE.test.ts]...`: runs the tests in a lab, or in the cluster of a kubeconfig. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";

const command = new Command("npm run test:lab --")
  .option(
    "--kubeconfig <file>",
    "use this cluster, whose nodes run real pods, and not a lab",
    process.env.KUBECONFIG,
  )
  .argument("[mocha...]", "options of mocha's")
  .allowUnknownOption()
  .parse();
const { kubeconfig } = command.opts<{ kubeconfig?: string }>();
if (kubeconfig && !existsSync(kubeconfig)) {
  process.stderr.write(`--kubeconfig ${kubeconfig}: there is no such file\n`);
  process.exit(2);
}
const mocha = [require.resolve("mocha/bin/mocha.js"), "--config", join(__dirname, "mocharc.yaml")];
const files = command.args.some((argument) => argument.endsWith(".test.ts"))
  ? []
  : ["test/end-to-end/*.test.ts"];
const { status } = spawnSync(process.execPath, [...mocha, ...command.args, ...files], {
  stdio: "inherit",
  cwd: join(__dirname, "..", ".."),
  env: { ...process.env, ...(kubeconfig && { KUBECONFIG: resolve(kubeconfig) }) },
});
process.exitCode = status ?? 1;
