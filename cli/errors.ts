import { UnreadableError } from "../embedded/traefik";
import { LabError } from "../lab/errors";
import { ConfigurationError } from "../offline/configuration";
import { ProgramError } from "../offline/program";
import { CheckpointError } from "../offline/state";

/** Exit codes of every command. */
export const EXIT = { done: 0, no: 1, badInput: 2 } as const;

/** A user's mistake: one line a problem, no stack trace. */
export class UsageError extends Error {}

/**
 * Prints an error as a user should read it and answers the exit code.
 *
 * @param stack the stack that it is about, where several are at work
 */
export function report(error: unknown, stack?: string): number {
  const about = stack === undefined ? "" : `${stack}: `;
  const { message } = error as Error;
  const expected =
    error instanceof UsageError ||
    error instanceof ConfigurationError ||
    error instanceof CheckpointError ||
    error instanceof LabError ||
    error instanceof UnreadableError ||
    (error instanceof ProgramError && error.expected);
  if (expected) {
    process.stderr.write(`${message.replace(/^/gm, about)}\n`);
    return EXIT.badInput;
  }
  process.stderr.write(
    `${about}${error instanceof ProgramError ? message : ((error as Error).stack ?? message)}\n`,
  );
  return EXIT.no;
}
