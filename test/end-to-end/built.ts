/** Parts that tests ask for beside what every lab has. */
import { build, type Programs, unbuilt } from "../../lab/build";
import type { Part } from "../../lab/parts";
import { checkRequirements } from "../../lab/requirements";

/** What this machine lacks to have these parts, in one line; undefined when nothing. */
export function lackingFor(parts: readonly Part[]): string | undefined {
  try {
    checkRequirements(unbuilt(parts));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Builds what `npm run test:lab` has not built before. */
export const programsOf = (parts: readonly Part[]): Promise<Programs> =>
  build((message) => console.log(`  ${message}`), undefined, parts);
