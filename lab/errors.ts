/** What a user can put right, such as a program that is not installed: shown as one line, without a stack trace. */
export class LabError extends Error {}
