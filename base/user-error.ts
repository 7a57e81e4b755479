/**
 * What a user can put right, such as a wrong setting or a program that is not installed. Its message is one line per problem,
 * which names the key or the file, the value and what is allowed. Commands print it without a stack trace and exit with 2.
 */
export class UserError extends Error {}

/** What something that was thrown says, whatever it is. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
