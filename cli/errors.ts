import { withOwnPlaces } from "../base/bundle.js";
import { tell } from "../base/output";
import { UserError } from "../base/user-error";
import { ProgramError } from "../offline/errors";

/** Exit codes of every command. */
export const EXIT = { done: 0, no: 1, badInput: 2 } as const;

/**
 * Prints an error as a user should read it and answers the exit code.
 *
 * @param stack the stack that it is about, if several are at work
 */
export function report(error: unknown, stack?: string): number {
  const about = stack === undefined ? "" : `${stack}: `;
  const { message } = error as Error;
  if (error instanceof UserError || (error instanceof ProgramError && error.expected)) {
    tell(`${message.replace(/^/gm, about)}\n`);
    return EXIT.badInput;
  }
  const trace = error instanceof ProgramError ? message : withOwnPlaces((error as Error).stack ?? message);
  tell(`${about}${trace}\n`);
  return EXIT.no;
}
