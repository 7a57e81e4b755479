/** A process of `canary rollout` on the stack on disk in this folder, whose canary fails at 25 %. */
import { Command } from "commander";
import { outliveOutput } from "../../cli/lost-output";
import { rolloutCommand } from "../../cli/rollout";
import { sessionOf } from "../rollout/machine/stack-on-disk";

outliveOutput();
const { parts } = sessionOf(process.cwd(), 25);
new Command("canary")
  .addCommand(rolloutCommand(() => parts))
  .parseAsync(process.argv.slice(2), { from: "user" });
