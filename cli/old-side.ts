/** What commands compare the program with: options and where they lead. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { deployedAt, type OldSide } from "../offline/base";
import type { StackConfiguration } from "../offline/configuration";
import { deployed } from "../offline/preview";
import { CheckpointError, type ResourceState, readCheckpoint } from "../offline/state";
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
  const states = state === undefined ? await deployed(folder, asFiled) : readState(state);
  return { states, notes: [] };
}

function readState(file: string): readonly ResourceState[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`--state ${file}: ${code === "ENOENT" ? "there is no such file" : message}`);
  }
  try {
    return readCheckpoint(text);
  } catch (error) {
    throw error instanceof CheckpointError ? new UsageError(`--state ${file}: ${error.message}`) : error;
  }
}
