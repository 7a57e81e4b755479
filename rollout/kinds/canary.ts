import { targetKey, type Weights } from "../../analysis/plan";
import { routers } from "../../components/routers";
import type { AppSettings } from "../../stacks/apps";
import { isExisting } from "../../stacks/fleets";
import { type FleetsSettings, hasCluster, hasFleets, type Settings } from "../../stacks/settings";
import { analysisOf } from "../plan/analysis-plan";
import { expectedShares, isByInstances, refusals } from "../plan/effective";
import { policyStep } from "../plan/policy-steps";
import { deployedWeights, observedWeights } from "../shifters/readings";
import { routingOf, shiftOf } from "../shifters/routing-objects";
import type { TargetKind } from "./kind";

const namesOf = (targets: readonly { readonly app: string }[]): string[] => targets.map(({ app }) => app);

/** Canaries' weights, which routers or fleets make. */
export const canaries: TargetKind = {
  subject: "the canary",
  filedAs: "the canary's weight",
  grain: 1,
  has: () => true,
  filed: ({ apps }): Weights =>
    Object.fromEntries(
      apps.flatMap((app) =>
        app.canaries.map(({ name, weight }) => [targetKey({ app: app.name, canary: name }), weight]),
      ),
    ),
  refusals,
  expected: expectedShares,
  policyStep,
  isByHalf: isByInstances,
  analysis: analysisOf,
  nothingJudges: "rollout.analysis.metrics is missing: nothing would judge the canary",
  unjudged: () => [],
  applied: deployedWeights,
  observed: observedWeights,
  routing: (settings, targets) => routingOf(settings, namesOf(targets)),
  isShift: (settings, targets) => shiftOf(settings, namesOf(targets)),
  backBy: (targets) => targets.map((target) => ` --app ${targetKey(target)}`).join(""),
  timesToEmpty(settings, targets) {
    const apps = settings.apps.filter(({ name }) => namesOf(targets).includes(name));
    return apps.flatMap((app) => [
      ...(hasCluster(settings)
        ? [`${app.name}, time to empty: ${routers[app.router].traits.timeToEmpty}`]
        : []),
      ...(hasFleets(settings)
        ? [
            `${app.name}, time to empty: requests in flight have ${drainingOf(settings, app)}${sessions(settings)}`,
          ]
        : []),
    ]);
  },
  next: (stack) => `canary promote -s ${stack} makes it the primary`,
};

const drainingOf = ({ aws }: FleetsSettings, app: AppSettings): string =>
  isExisting(app) ? "as long as whoever makes the fleet gives them" : `${aws.drainingTimeout} s`;

const sessions = (settings: Settings): string =>
  isByInstances(settings)
    ? " at the load balancer"
    : " behind the listener, connections that are open last longer";
