/** `canary completion`, and the command that its scripts run. */
import { Argument, Command } from "commander";
import { data } from "../../base/output";
import { candidates } from "./candidates";
import { type Shell, scripts, shells } from "./shells";

/** `canary completion`: a script by which a shell completes commands, options, stacks and apps. */
export function completionCommand(): Command {
  return new Command("completion")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      `
bash:  canary completion bash > ~/.local/share/bash-completion/completions/canary
zsh:   canary completion zsh > "\${fpath[1]}/_canary"
fish:  canary completion fish > ~/.config/fish/completions/canary.fish`,
    )
    .action((shell: Shell) => data(scripts[shell]));
}

/** `canary complete`: what may stand at the end of the words, for those scripts. */
export function completeCommand(): Command {
  return new Command("complete")
    .argument("[words...]")
    .allowUnknownOption()
    .action((words: string[], _: unknown, { parent }: Command) => {
      if (parent === null) return;
      const lines = candidates(parent, words).map(({ value, meaning }) => `${value}\t${meaning}\n`);
      data(lines.join(""));
    });
}
