/** What commands compare the program with: options and where they lead. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Command } from "commander";
import { NO_PULUMI, putPulumiOnPath } from "../base/pulumi-cli";
import { UserError } from "../base/user-error";
import { deployedAt, type OldSide } from "../offline/base";
import type { StackConfiguration } from "../offline/configuration";
import { fileReason } from "../offline/folder";
import { deployed } from "../offline/preview";
import { providersOf } from "../offline/provider-configuration";
import { makeUrn, ownerOf, type ResourceState, readCheckpoint, STACK_TYPE } from "../offline/state";
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
  const states =
    state === undefined
      ? parseState(
          "pulumi stack export",
          await exported(folder, configuration.qualifiedStack ?? configuration.stack),
          configuration,
        )
      : readState(state, configuration);
  return ofState(states, configuration);
}

const ofState = (states: readonly ResourceState[], { project, values }: StackConfiguration): OldSide => ({
  states,
  notes: [],
  providers: providersOf(states, project, values),
});

/** What the engine keeps of the stack, secrets encrypted. */
async function exported(folder: string, stack: string): Promise<string> {
  const words = ["stack", "export", "--stack", stack, "--non-interactive"];
  const allowed = "allowed: --state FILE, what pulumi stack export wrote";
  if (!putPulumiOnPath(folder)) throw new UserError(`--live: ${NO_PULUMI}; ${allowed}`);
  try {
    const { stdout } = await promisify(execFile)("pulumi", words, { cwd: folder, maxBuffer: MOST_BYTES });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const said = (stderr || message).trim().split("\n")[0] ?? "";
    throw new UserError(`--live: ${said}; ${allowed}`);
  }
}

const MOST_BYTES = 2 ** 30;

function readState(file: string, configuration: StackConfiguration): readonly ResourceState[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT"
        ? "there is no such file"
        : `${fileReason(error)}; allowed: what pulumi stack export wrote`;
    throw new UserError(`--state ${file}: ${reason}`);
  }
  return parseState(`--state ${file}`, text, configuration);
}

/** @param source what errors name */
function parseState(
  source: string,
  text: string,
  { project, stack }: StackConfiguration,
): readonly ResourceState[] {
  try {
    const states = readCheckpoint(text);
    const urn = states.find(({ type }) => type === STACK_TYPE)?.urn ?? states[0]?.urn;
    const asked = ownerOf(makeUrn(stack, project, STACK_TYPE, ""));
    if (urn !== undefined && ownerOf(urn) !== asked) {
      throw new UserError(`is of ${ownerOf(urn)}; allowed: ${asked}`);
    }
    return states;
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${source}: ${error.message}`) : error;
  }
}
