/** Which canaries a rollout shifts. */

import type { Target } from "../../analysis/plan";
import { targetKey } from "../../analysis/plan";
import { UserError } from "../../base/user-error";
import { type AppSettings, type CanarySettings, DEBUG_VARIANT } from "../../stacks/apps";
import type { Settings } from "../../stacks/settings";
import { listed } from "../../stacks/spelling";

/**
 * The canaries that were asked for; the one canary of each app if none was.
 *
 * @param asked `app`, or `app/canary` for one of several
 * @throws UserError
 */
export function chooseTargets({ apps }: Settings, asked: readonly string[]): [Target, ...Target[]] {
  const all = apps.flatMap(({ name: app, canaries }) =>
    canaries.map(({ name: canary }) => ({ app, canary })),
  );
  const names = asked.length > 0 ? asked : [...new Set(all.map(({ app }) => app))];
  const [first, ...others] = names.map((name) => {
    const found = all.filter((target) => name === target.app || name === targetKey(target));
    const [only, ...further] = found;
    if (only === undefined)
      throw new UserError(`--app ${name}: no such canary; allowed: ${listed(all.map(targetKey))}`);
    if (further.length > 0)
      throw new UserError(`--app ${name}: has several canaries; allowed: ${listed(found.map(targetKey))}`);
    return only;
  });
  if (first === undefined) throw new UserError("apps: no app has a canary that could be rolled out");
  const twice = [first, ...others].map(targetKey).find((key, i, keys) => keys.indexOf(key) < i);
  if (twice !== undefined) throw new UserError(`--app ${twice}: allowed: each canary once`);
  return [first, ...others];
}

/** The canaries whose weight is in the stack file: branches have none, a debug canary only where it is asked for. */
export const weightedCanaries = ({ apps }: Settings): Target[] =>
  apps.flatMap((app) =>
    app.canaries
      .filter((canary) => hasWeight(app, canary))
      .map(({ name }) => ({ app: app.name, canary: name })),
  );

const hasWeight = ({ branches }: AppSettings, { name, weight }: CanarySettings): boolean =>
  branches?.images[name] === undefined && (name !== DEBUG_VARIANT || weight > 0);
