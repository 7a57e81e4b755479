import { canary } from "../../cli/main";

/** Runs a command line in this process and answers what a terminal would show. */
export async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
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
    return { code: await canary(words), ...written };
  } finally {
    for (const undo of restore) undo();
    process.exitCode = exitCode;
  }
}
