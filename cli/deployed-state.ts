/** A stack's resources as its last update left them: from a file, or by the engine. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { NO_PULUMI, putPulumiOnPath } from "../base/pulumi-cli";
import { UserError } from "../base/user-error";
import type { StackConfiguration } from "../offline/configuration";
import { fileReason } from "../offline/folder";
import { makeUrn, ownerOf, type ResourceState, readCheckpoint, STACK_TYPE } from "../offline/state";

const ALLOWED = "allowed: --state FILE, what pulumi stack export wrote";

/**
 * What the engine keeps of the stack, secrets encrypted.
 *
 * @throws UserError if there is no engine, or no such stack
 */
export async function deployedState(
  folder: string,
  configuration: StackConfiguration,
): Promise<readonly ResourceState[]> {
  const stack = configuration.qualifiedStack ?? configuration.stack;
  const words = ["stack", "export", "--stack", stack, "--non-interactive"];
  if (!putPulumiOnPath(folder)) throw new UserError(`${NO_PULUMI}; ${ALLOWED}`);
  const options = { cwd: folder, maxBuffer: MOST_BYTES };
  const { stdout } = await promisify(execFile)("pulumi", words, options).catch(
    ({ stderr, message }: Error & { stderr?: string }) => {
      throw new UserError(`${(stderr || message).trim().split("\n")[0] ?? ""}; ${ALLOWED}`);
    },
  );
  return parseState("pulumi stack export", stdout, configuration);
}

const MOST_BYTES = 2 ** 30;

/** The same from a file. */
export function readState(file: string, configuration: StackConfiguration): readonly ResourceState[] {
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
