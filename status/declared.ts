/** What a stack's program asks for. */
import type { Side } from "../components/aws/dns";
import { type FrontKind, fronts } from "../components/aws/fronts";
import { routers } from "../components/routers";
import { audienceOf } from "../offline/audience";
import type { StackConfiguration } from "../offline/configuration";
import { evaluate } from "../offline/program";
import { type ShownWeight, servicesIn } from "../offline/shown";
import { outputsOf, type ResourceState } from "../offline/state";
import { valueAt } from "../offline/values";
import { namedServices } from "../stacks/apps";
import { routersIn } from "../stacks/outputs";
import { isShared, platformsWith } from "../stacks/platforms";
import { rawSettings } from "../stacks/raw";
import {
  type ClusterSettings,
  type FleetsSettings,
  hasCluster,
  hasFleets,
  parseSettings,
} from "../stacks/settings";
import { clusterWeights, fleetWeights, type VariantWeights } from "../stacks/weights";

/** An app, as one router splits it; in a migration each of its sides has one. */
export interface DeclaredApp {
  readonly name: string;
  /** What splits its traffic, as the stack's output `routers` names it. */
  readonly router: string;
  /** The variants' weights, the primary's first. */
  readonly weights: readonly (readonly [variant: string, weight: ShownWeight])[];
  /** `NAMESPACE/NAME` of the variants' Services, where they have other names than the program gives. */
  readonly services?: Readonly<Record<string, string>> | undefined;
}

export interface Declared {
  readonly stack: string;
  readonly apps: readonly DeclaredApp[];
  readonly resources: readonly ResourceState[];
  /** Ids of resources by URN, as the last update left them; what has none is known by its name and network. */
  readonly ids?: ReadonlyMap<string, string> | undefined;
}

/** The ids that a state has. */
export const idsOf = (state: readonly ResourceState[]): ReadonlyMap<string, string> =>
  new Map(state.flatMap(({ urn, id }) => (id === undefined ? [] : [[urn, id]])));

export async function declare(folder: string, configuration: StackConfiguration): Promise<Declared> {
  const { states } = await evaluate(folder, configuration);
  const { namespace, stack, values } = configuration;
  const settings = migrationSettings(rawSettings(namespace, values));
  const apps = settings ? bothSides(settings) : appsOf(states);
  return { stack, apps, resources: states };
}

/**
 * The apps of a stack's resources.
 *
 * @param routerOf what splits an app's traffic; default what the stack's output `routers` names
 */
export function appsOf(
  resources: readonly ResourceState[],
  routerOf = (app: string): string => String(valueAt(outputsOf(resources), `routers.${app}`) ?? ""),
): DeclaredApp[] {
  return [...audienceOf(resources)].map(([name, { variants }]) => ({
    name,
    router: routerOf(name),
    services: servicesIn(outputsOf(resources), name),
    weights: variants.map(({ name: variant, weight }) => [variant, weight] as const),
  }));
}

type BothSettings = FleetsSettings & ClusterSettings;

function migrationSettings(raw: Record<string, unknown>): BothSettings | undefined {
  if (!platformsWith(isShared).some((name) => name === raw.platform)) return undefined;
  const settings = parseSettings(raw);
  return hasFleets(settings) && hasCluster(settings) ? settings : undefined;
}

/** The stack's outputs are what DNS makes of both sides, which neither has. */
const bothSides = (settings: BothSettings): DeclaredApp[] =>
  settings.apps.flatMap((app) => [
    declaredApp(app.name, fronts[settings.aws.loadBalancer].label, fleetWeights(settings, app)),
    declaredApp(
      app.name,
      app.router,
      clusterWeights(app, settings.traefik),
      namedServices([app]).services?.[app.name],
    ),
  ]);

const declaredApp = (
  name: string,
  router: string,
  weights: VariantWeights,
  services?: DeclaredApp["services"],
): DeclaredApp => ({
  name,
  router,
  services,
  weights: Object.entries(weights).sort(([a], [b]) => Number(b === "primary") - Number(a === "primary")),
});

/** The kind of load balancer that splits an app's traffic on AWS; undefined if none does. */
export const balancerOf = ({ router }: Pick<DeclaredApp, "router">): FrontKind | undefined =>
  Object.values(fronts).find(({ label }) => routersIn(router).includes(label));

/** Where an app is split: by AWS's load balancers, or in a cluster. */
export const sideOf = ({ router }: Pick<DeclaredApp, "router">): Side =>
  router in routers ? "kubernetes" : "elb";
