import { canary } from "../../cli/main";

/** What a command answers, and what it writes. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process and answers what a terminal would show. */
export const run = (...words: string[]): Promise<Ran> => captured(() => canary(words));

/** What some work writes, and the exit code that it answers. */
export async function captured(work: () => Promise<number>): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const restore = (["stdout", "stderr"] as const).map((name) => {
    const write = process[name].write;
    process[name].write = ((chunk: string) => {
      written[name] += chunk;
      return true;
    }) as typeof write;
    return () => {
      process[name].write = write;
    };
  });
  const exitCode = process.exitCode;
  try {
    return { code: await work(), ...written };
  } finally {
    for (const undo of restore) undo();
    process.exitCode = exitCode;
  }
}
