/** What makes a canary's version the primary's. */

import { routers } from "../components/routers";
import { formatWeight } from "../components/traffic";
import type { AppSettings, CanarySettings } from "../stacks/apps";
import type { Settings } from "../stacks/settings";
import type { Target } from "./plan";
import { targetKey, type Weights } from "./ports";
import { withImage, withWeights } from "./stack-file";

/** Why a canary can't be promoted, in one line. */
export class PromotionError extends Error {}

/** One change of the stack file, in the order in which it is applied. */
export interface Promotion {
  /** The file with the canaries' images for the primaries, at the weights as they are. */
  readonly primaries: string;
  /** The weights that follow one after another, once the primaries are ready. */
  readonly weights: readonly Weights[];
  /** The file at the end. */
  readonly promoted: string;
}

/**
 * Plans a promotion: the primaries get the canaries' images while the canaries have all requests, and only then the
 * requests. Where pods make the weights they go back by way of 50 %, so that there are enough at any time.
 *
 * @param text the stack file's
 * @param applied the targets' weights by the state
 * @throws PromotionError, StackFileError
 */
export function planPromotion(
  text: string,
  project: string,
  settings: Settings,
  targets: readonly Target[],
  applied: Weights,
): Promotion {
  if (settings.platform !== "kubernetes") {
    throw new PromotionError(
      `platform ${settings.platform}: instances are replaced after an update has ended; allowed: kubernetes, ` +
        "or set aws.amiId, wait for the instance refresh and then return the weight",
    );
  }
  const chosen = targets.map((target) => ({ target, ...canaryOf(settings, target) }));
  for (const { target, canary } of chosen) check(target, canary, applied);
  const at = (weight: number): Weights =>
    Object.fromEntries(targets.map((target) => [targetKey(target), weight]));
  const primaries = chosen.reduce(
    (edited, { app, canary }) => withImage(edited, project, app.name, canary.image ?? ""),
    withWeights(text, project, at(100)),
  );
  const byPods = chosen.some(({ app }) => routers[app.router].replicas !== undefined);
  const weights = byPods ? [at(50), at(0)] : [at(0)];
  return { primaries, weights, promoted: withWeights(primaries, project, at(0)) };
}

function canaryOf({ apps }: Settings, target: Target): { app: AppSettings; canary: CanarySettings } {
  const app = apps.find(({ name }) => name === target.app);
  const canary = app?.canaries.find(({ name }) => name === target.canary);
  if (app === undefined || canary === undefined)
    throw new PromotionError(`${targetKey(target)}: no such canary`);
  return { app, canary };
}

function check(target: Target, canary: CanarySettings, applied: Weights): void {
  const key = targetKey(target);
  const weight = applied[key] ?? 0;
  if (weight !== 100) {
    throw new PromotionError(
      `${key}: is at ${formatWeight(weight)}; allowed: at 100 %, where users have its version already`,
    );
  }
  if (canary.image === undefined) throw new PromotionError(`${key}: has no image`);
  if (canary.args !== undefined || canary.runtimeClass !== undefined || canary.sidecar !== undefined) {
    throw new PromotionError(
      `${key}: has args, a runtimeClass or a sidecar of its own, which the primary would not get`,
    );
  }
}
