/** Where the requests of a stack's variants are counted, and which variants get none by their weights. */

import { isMove, onKubernetes, targetKey, type Weights } from "../analysis/plan";
import { MetricError } from "../analysis/source";
import { sourceKind } from "../analysis/sources";
import type { AnalysisWorld, Place } from "../analysis/world";
import { dnsWeights, SIDE_LABELS, type Side } from "../components/aws/dns";
import { existingOutput } from "../components/aws/existing";
import { fronts } from "../components/aws/fronts";
import type { BalancerOutputs } from "../components/aws/fronts/metrics";
import { fleetTypes } from "../components/aws/types";
import { SERVICE_PORT } from "../components/routers";
import { BASELINE, variantName } from "../components/traffic";
import type { ResourceState } from "../offline/state";
import { serviceNameOf, servicePortOf } from "../stacks/apps";
import { hasCluster, hasFleets, type Settings } from "../stacks/settings";

import { splitAt } from "./plan/effective";

type State = readonly ResourceState[];

/**
 * The places of a stack's variants. The names that AWS knows load balancers and target groups by are the engine's and AWS's
 * own: they are read from the state, once, as no shift changes them. Of fleets that others make the settings have them.
 */
export function placesOf(
  settings: Settings,
  readState: () => Promise<State>,
): Required<Pick<AnalysisWorld, "place" | "baselineOf" | "partsOf" | "idle">> {
  let state: Promise<State> | undefined;
  const onceRead = async (): Promise<State> => {
    state ??= readState();
    try {
      return await state;
    } catch (error) {
      state = undefined;
      throw new MetricError(`the state can't be read: ${(error as Error).message}`);
    }
  };
  return {
    async place(app, variant) {
      const onCluster = clusterPlace(settings, app, variant);
      if (!hasFleets(settings)) return onCluster;
      const { metrics } = fronts[settings.aws.loadBalancer];
      const existing = appOf(settings, app)?.existing;
      const output =
        existing === undefined ? outputIn(await onceRead()) : existingOutput(app, variant, existing);
      return {
        ...onCluster,
        balancer: { metrics, dimensions: metrics.dimensions({ app, variant, output }) },
      };
    },
    baselineOf: (target) => {
      if (isMove(target)) return SIDE_LABELS.elb;
      return appOf(settings, target.app)?.baseline === undefined ? "primary" : BASELINE;
    },
    partsOf(app, variant) {
      const side = sideNamed(variant);
      return side === undefined ? [variant] : variantsOn(settings, app, side);
    },
    idle(app, variant, source, weights) {
      const moving = sideNamed(variant);
      if (moving !== undefined) return leftByMove(app, moving, weights);
      const side = idleSide(settings, source);
      if (side !== undefined) return side;
      const found = appOf(settings, app);
      const weight = found && splitAt(found, weights).variants.find(({ name }) => name === variant)?.weight;
      return weight === 0 ? `the weights leave the ${variant} no requests` : undefined;
    },
  };
}

/** The side that is counted as one variant; undefined for any other variant. */
const sideNamed = (variant: string): Side | undefined =>
  (Object.keys(SIDE_LABELS) as Side[]).find((side) => SIDE_LABELS[side] === variant);

/** What counts all that users of an app ask on one side: each variant by itself, unless one load balancer counts them together. */
function variantsOn(settings: Settings, app: string, side: Side): readonly string[] {
  const isTogether =
    side === "elb" && hasFleets(settings) && fronts[settings.aws.loadBalancer].metrics.isShared;
  const names = appOf(settings, app)?.split.variants.map(({ name }) => name) ?? [];
  return isTogether ? ["primary"] : names;
}

/** Why DNS leads nobody to a side by the weights of a move. */
function leftByMove(app: string, side: Side, weights: Weights): string | undefined {
  const weight = weights[targetKey(onKubernetes(app))];
  return weight === undefined || dnsWeights(weight)[side] > 0 ? undefined : noUsersOn(side);
}

const noUsersOn = (side: Side): string => `DNS leads nobody to the ${SIDE_LABELS[side]} side`;

const appOf = ({ apps }: Settings, app: string) => apps.find(({ name }) => name === app);

function clusterPlace(settings: Settings, app: string, variant: string): Place {
  const found = appOf(settings, app);
  const canary = found?.canaries.find(({ name }) => name === variant);
  const { port, portName } = found === undefined ? {} : servicePortOf(found);
  const primary = found === undefined ? app : serviceNameOf(found, "primary");
  return {
    ...(port !== undefined && port !== SERVICE_PORT && { port }),
    ...(portName && portName !== "http" && { portName }),
    ...(primary !== app && { primary }),
    namespace: canary?.namespace ?? found?.namespace ?? app,
    service: found === undefined ? variantName(app, variant) : serviceNameOf(found, variant),
  };
}

/** Why a source's side of a migration has no users. */
function idleSide(settings: Settings, source: string): string | undefined {
  const side = sourceKind(source)?.side;
  if (!hasFleets(settings) || !hasCluster(settings) || side === undefined) return undefined;
  const { kubernetesWeight } = settings.dns;
  if (dnsWeights(kubernetesWeight)[side] > 0) return undefined;
  return noUsersOn(side);
}

/** The outputs of what the program made. @throws MetricError if the state does not have one */
const outputIn =
  (state: State): BalancerOutputs["output"] =>
  (type, name, key) => {
    const found = state.find((each) => each.type === type && each.name === name && isOfFleet(each));
    const value = found?.outputs[key];
    if (typeof value === "string" && value !== "") return value;
    throw new MetricError(`the state has no ${key} of ${type} ${name}; run pulumi up first`);
  };

/** Edge nodes have load balancers, too. */
const isOfFleet = ({ urn }: ResourceState): boolean => urn.includes(`${fleetTypes.made}$`);
