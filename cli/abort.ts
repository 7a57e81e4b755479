/** `canary abort`, `canary pause` and `canary resume`, as the command line has them; what they do is loaded once the stack is told. */
import { Command } from "commander";
import type { TagWord } from "../rollout/heartbeat/word";
import type { StackOption } from "./approve";
import { withChosenStack } from "./options";

export const abortCommand = (): Command =>
  wordCommand("abort", "to roll back").addHelpText(
    "after",
    `
When: a rollout runs, here or on another machine, and you want it to go back to 0 and end. If it does not answer: canary
rollback. If it has ended: canary rollout --resume --rollback, or canary rollback.`,
  );

export const pauseCommand = (): Command =>
  wordCommand("pause", "to take no further step").addHelpText(
    "after",
    `
When: you want to look closer before more users meet the canary. It keeps the weight that it has, and is judged on: one that
fails goes back.`,
  );

export const resumeCommand = (): Command =>
  wordCommand("resume", "to go on").addHelpText(
    "after",
    `
When: canary pause came before. A rollout whose process has ended goes on by canary rollout --resume.`,
  );

/** @param told how people are told what the rollout was told */
const wordCommand = (decision: TagWord["decision"], told: string): Command =>
  withChosenStack(new Command(decision)).action(async ({ stack }: StackOption) => {
    const { sayWord } = require("./say-word") as typeof import("./say-word");
    await sayWord(stack, decision, told);
  });
