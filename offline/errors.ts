import { UserError } from "../base/user-error";

/** A file or an argument that can't be used; the message names it. */
export class ConfigurationError extends UserError {}

/** The program threw: `message` is what its author would read on a terminal. */
export class ProgramError extends Error {
  constructor(
    message: string,
    /** Whether the program gave up on purpose (a RunError), so that a stack trace would be noise. */
    readonly expected: boolean,
  ) {
    super(message);
  }
}
