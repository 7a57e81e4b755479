/** What makes a canary's version the primary's. */

import type { Target } from "../../analysis/plan";
import { targetKey, type Weights } from "../../analysis/plan";
import { UserError } from "../../base/user-error";
import { existingName } from "../../components/aws/existing";
import { awsTypes } from "../../components/aws/types";
import { routers } from "../../components/routers";
import { BASELINE, formatWeight, variantName } from "../../components/traffic";
import { type AppSettings, type CanarySettings, serviceNameOf } from "../../stacks/apps";
import { fleetOf, isExisting } from "../../stacks/fleets";
import { type FleetsSettings, hasCluster, hasFleets, type Settings } from "../../stacks/settings";
import { workloadKindOf, workloadKinds } from "../../stacks/workload-kinds";
import { isByInstances } from "../plan/effective";
import { withImage, withMachineImage, withWeights } from "./stack-file";

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
 * requests. Where pods or instances make the weights they go back by way of 50 %, so that there are enough at any time.
 * One that was cut off goes on: the stack file has the primaries' images, and the weight is 100 % or 50 % on the way back.
 *
 * @param text the stack file's
 * @param applied the targets' weights by the state
 * @param unapplied what the stack file would change in the state at these weights, a line each
 * @throws UserError
 */
export function planPromotion(
  text: string,
  namespace: string,
  settings: Settings,
  targets: readonly Target[],
  applied: Weights,
  unapplied: readonly string[],
): Promotion {
  const chosen = targets.map((target) => ({ target, ...canaryOf(settings, target) }));
  const byPods = hasCluster(settings) && chosen.some(({ app }) => routers[app.router].replicas !== undefined);
  const byHalf = byPods || isByInstances(settings);
  for (const { app, target } of chosen) refuseOthers(app, targetKey(target), "promote");
  const begun = chosen.filter((each) => hasBegun(settings, each));
  for (const each of chosen) {
    const weight = applied[targetKey(each.target)] ?? 0;
    if (weight !== 100 && !(byHalf && weight === 50 && begun.includes(each))) {
      throw new UserError(
        `${targetKey(each.target)}: is at ${formatWeight(weight)}; promote it at 100 %, when users have its version already`,
      );
    }
    check(each.target, each.canary, settings);
  }
  const going = begun.flatMap(({ app }) => primariesChanges(app.name));
  const others = unapplied.filter((change) => !going.includes(change));
  if (others.length > 0) {
    throw new UserError(
      `the stack file has changes that nobody judged: ${others.join("; ")}; run canary up first`,
    );
  }
  const at = (weight: number): Weights =>
    Object.fromEntries(targets.map((target) => [targetKey(target), weight]));
  const now = Object.fromEntries(targets.map(targetKey).map((key) => [key, applied[key] ?? 0]));
  const shifted = withWeights(text, namespace, now);
  const primaries = chosen.reduce(
    (edited, { app, canary }) =>
      canary.image === undefined ? edited : withImage(edited, namespace, app.name, canary.image),
    hasFleets(settings) ? withMachineImages(shifted, namespace, settings, targets) : shifted,
  );
  const weights = byHalf ? [at(50), at(0)] : [at(0)];
  return { primaries, weights, promoted: withWeights(primaries, namespace, at(0)) };
}

/**
 * The stack file's text with the canaries' machine images for the primaries: an app's own where it has one, and `aws.amiId`,
 * which is that of all others together.
 *
 * @throws UserError
 */
function withMachineImages(
  text: string,
  namespace: string,
  settings: FleetsSettings,
  targets: readonly Target[],
): string {
  const imageOf = (target: Target): string => {
    const { app, canary } = canaryOf(settings, target);
    return machineImage(settings, app, canary);
  };
  const isOwn = ({ aws }: AppSettings): boolean => aws?.amiId !== undefined;
  const [own, sharing] = [true, false].map((which) =>
    targets.filter((target) => isOwn(canaryOf(settings, target).app) === which),
  ) as [Target[], Target[]];
  const edited = own.reduce(
    (before, target) => withMachineImage(before, namespace, imageOf(target), target.app),
    text,
  );
  if (sharing.length === 0) return edited;
  const others = settings.apps.filter(
    (app) => !isOwn(app) && !isExisting(app) && !sharing.some((target) => target.app === app.name),
  );
  if (others.length > 0) {
    throw new UserError(
      `aws.amiId is the machine image of ${others.map(({ name }) => name).join(", ")}, too; promote all apps at once`,
    );
  }
  const [image = "", ...more] = new Set(sharing.map(imageOf));
  if (more.length === 0) return withMachineImage(edited, namespace, image);
  throw new UserError(
    `the canaries have machine images ${[image, ...more].join(", ")}; give them one, as aws.amiId is all primaries'`,
  );
}

const machineImage = (settings: FleetsSettings, app: AppSettings, canary: CanarySettings): string =>
  canary.amiId ?? fleetOf(settings, app).canaryAmiId;

function canaryOf(
  { apps }: Pick<Settings, "apps">,
  target: Target,
): { app: AppSettings; canary: CanarySettings } {
  const app = apps.find(({ name }) => name === target.app);
  const canary = app?.canaries.find(({ name }) => name === target.canary);
  if (app === undefined || canary === undefined) throw new UserError(`${targetKey(target)}: no such canary`);
  return { app, canary };
}

/**
 * Refuses to give an app an image that the program does not set.
 *
 * @throws UserError that says whose it is, and how to go on
 */
export function refuseOthers(app: AppSettings, key: string, step: "promote" | "--image-from"): void {
  const others = othersOf(app, key.split("/").at(-1) ?? "");
  if (others === undefined) return;
  const { whose, what, primary, canary } = others;
  const next =
    step === "promote"
      ? `give the ${what} of ${primary} the version of those of ${canary} there, then run canary rollback`
      : `give the ${what} of ${canary} the image there, then run canary rollout without --image-from`;
  throw new UserError(`${key}: ${step} is not the program's, as ${whose}: ${next}`);
}

/** What others make, as people call it. */
interface Others {
  readonly whose: string;
  readonly what: "pods" | "instances";
  /** Whose they are. */
  readonly primary: string | undefined;
  readonly canary: string | undefined;
}

/** What others make of an app; undefined if the program does. */
function othersOf(app: AppSettings, variant: string): Others | undefined {
  const { existing, service: primary } = app;
  if (existing !== undefined) {
    const of = (name: string) => existingName(existing, name);
    const whose = "its instances are made by whoever makes its fleet";
    return { whose, what: "instances", primary: of("primary"), canary: of(variant) };
  }
  if (workloadKindOf(app) !== "existing") return undefined;
  const { whose } = workloadKinds.existing;
  return { whose, what: "pods", primary, canary: serviceNameOf(app, variant) };
}

/** What is left of a first update that was cut off. A fresh baseline has the primary's image. */
const primariesChanges = (app: string): string[] => [
  ...[app, variantName(app, BASELINE)].map((name) => `update kubernetes:apps/v1:Deployment ${name}`),
  `update ${awsTypes.launchTemplate} ${app}`,
  `update ${awsTypes.group} ${app}`,
];

/** Whether the primary has the canary's version by the stack file, as after the first update. */
function hasBegun(
  settings: Settings,
  { app, canary }: { readonly app: AppSettings; readonly canary: CanarySettings },
): boolean {
  const machines =
    !hasFleets(settings) || machineImage(settings, app, canary) === fleetOf(settings, app).amiId;
  return machines && (!hasCluster(settings) || app.image === canary.image);
}

function check(target: Target, canary: CanarySettings, settings: Settings): void {
  const key = targetKey(target);
  if (canary.image === undefined && hasCluster(settings)) throw new UserError(`${key}: has no image`);
  if (canary.args !== undefined || canary.runtimeClass !== undefined || canary.sidecar !== undefined) {
    throw new UserError(
      `${key}: has args, a runtimeClass or a sidecar of its own, which the primary would not get`,
    );
  }
}
