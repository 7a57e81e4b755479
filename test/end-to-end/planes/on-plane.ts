/** Tests that run on a data plane, or say what they need. */
import { lackingFor } from "../built";
import { lab } from "../hooks";
import { tier, tiers } from "../tier";
import type { DataPlane, RunningPlane } from "./plane";

/** What keeps a data plane's tests from running here, in one line; undefined when nothing. */
function lackingOf({ tier: first, lacking, parts }: DataPlane): string | undefined {
  if (tiers.indexOf(tier) < tiers.indexOf(first)) return `the ${first} tier`;
  return lacking ?? lackingFor(parts);
}

/**
 * Describes tests, around which the data plane is up.
 *
 * @param tests is given what is up, for tests and hooks alone
 */
export function onPlane(plane: DataPlane, title: string, tests: (running: () => RunningPlane) => void): void {
  const lacking = lackingOf(plane);
  describe(`${title}${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
    let up: RunningPlane | undefined;

    before(async function () {
      // Its parts may have to be built.
      this.timeout("20m");
      if (lacking !== undefined || lab().attached) this.skip();
      up = await plane.start(lab());
    });

    after(() => up?.stop());

    tests(() => {
      if (up === undefined) throw new Error("no data plane is up: use it in tests and hooks alone");
      return up;
    });
  });
}
