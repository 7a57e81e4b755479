/** What commands compare the program with: options and where they lead. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { deployedAt, type OldSide } from "../offline/base";
import type { StackConfiguration } from "../offline/configuration";
import { fileReason } from "../offline/folder";
import { deployed } from "../offline/preview";
import {
  CheckpointError,
  makeUrn,
  ownerOf,
  type ResourceState,
  readCheckpoint,
  STACK_TYPE,
} from "../offline/state";
import { UsageError } from "./errors";
import { progress } from "./progress";

export interface OldSideOptions {
  readonly base?: string;
  readonly state?: string;
}

/** Adds `--base` and `--state`. */
export function withOldSideOptions(command: Command): Command {
  return command
    .option("--base <revision>", "compare with the program and configuration at this git revision")
    .option("--state <file>", "compare with what `pulumi stack export` wrote to this file");
}

/** The resources before: at a revision, from a checkpoint, or the configuration as filed with everything deployed. */
export async function oldSide(
  { base, state }: OldSideOptions,
  folder: string,
  asFiled: StackConfiguration,
): Promise<OldSide> {
  if (base !== undefined && state !== undefined) {
    throw new UsageError("--base and --state: allowed is one of them");
  }
  if (base !== undefined) return deployedAt(folder, asFiled.stack, base, progress);
  const states = state === undefined ? await deployed(folder, asFiled) : readState(state, asFiled);
  return { states, notes: [] };
}

function readState(file: string, { project, stack }: StackConfiguration): readonly ResourceState[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT"
        ? "there is no such file"
        : `${fileReason(error)}; allowed: what pulumi stack export wrote`;
    throw new UsageError(`--state ${file}: ${reason}`);
  }
  try {
    const states = readCheckpoint(text);
    const urn = states.find(({ type }) => type === STACK_TYPE)?.urn ?? states[0]?.urn;
    const asked = ownerOf(makeUrn(stack, project, STACK_TYPE, ""));
    if (urn !== undefined && ownerOf(urn) !== asked) {
      throw new CheckpointError(`is of ${ownerOf(urn)}; allowed: ${asked}`);
    }
    return states;
  } catch (error) {
    throw error instanceof CheckpointError ? new UsageError(`--state ${file}: ${error.message}`) : error;
  }
}
