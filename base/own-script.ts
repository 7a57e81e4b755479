/** Scripts of ours that run in a process of their own: TypeScript in the repository, JavaScript in the package. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface OwnScript {
  readonly file: string;
  /** What node needs before it to run it. */
  readonly execArgv: readonly string[];
}

/**
 * @param folder where it lies
 * @param name without ending
 */
export function ownScript(folder: string, name: string): OwnScript {
  const source = join(folder, `${name}.ts`);
  return existsSync(source)
    ? { file: source, execArgv: ["--require", join(__dirname, "typescript.js")] }
    : { file: join(folder, `${name}.js`), execArgv: [] };
}
