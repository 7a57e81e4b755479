/** What commands compare the program with: options and where they lead. */

import type { Command } from "commander";
import { UserError } from "../base/user-error";
import { deployedAt, type OldSide } from "../offline/base";
import type { StackConfiguration } from "../offline/configuration";
import { deployed } from "../offline/preview";
import { providersOf } from "../offline/provider-configuration";
import type { ResourceState } from "../offline/state";
import { deployedState, readState } from "./deployed-state";
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
    throw new UserError("--base and --state: allowed is one of them");
  }
  if (base !== undefined) return deployedAt(folder, asFiled.stack, base, progress);
  if (state !== undefined) return ofState(readState(state, asFiled), asFiled);
  return { states: await deployed(folder, asFiled), notes: [], providers: asFiled.values };
}

/** What is deployed: from a checkpoint, or asked of Pulumi's backend. */
export async function stateSide(
  { base, state }: OldSideOptions,
  folder: string,
  configuration: StackConfiguration,
): Promise<OldSide> {
  if (base !== undefined) throw new UserError("--base and --live: allowed is one of them");
  if (state !== undefined) return ofState(readState(state, configuration), configuration);
  const states = await deployedState(folder, configuration).catch((error) => {
    throw error instanceof UserError ? new UserError(`--live: ${error.message}`) : error;
  });
  return ofState(states, configuration);
}

const ofState = (states: readonly ResourceState[], { project, values }: StackConfiguration): OldSide => ({
  states,
  notes: [],
  providers: providersOf(states, project, values),
});
