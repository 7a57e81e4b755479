import { tellLine } from "../base/output";

/** Says on a terminal what takes a while; a pipe sees nothing. */
export function progress(message: string): void {
  if (process.stderr.isTTY) tellLine(`${message} ...`);
}
