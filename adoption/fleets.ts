/** Finds an app's fleets: from its hosts' DNS records to the load balancers, and on to all behind them. */

import type { LoadBalancerDescription } from "@aws-sdk/client-elastic-load-balancing";
import type { LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import { DEFAULT_FRONT, type FrontName, fronts } from "../components/aws/fronts";
import { variantName } from "../components/traffic";

import type { TheirAccount } from "./account";
import { takeClassic } from "./classic";
import type { Findings, WantedApp } from "./found";
import { takeApplication, takeNetwork } from "./listening";
import { type Host, obstacle, takeRecord } from "./records";

/** Where to look. */
export interface FleetPlace {
  readonly zoneId: string;
  /** The setting `aws.loadBalancer`; undefined where what is found decides. */
  readonly loadBalancer?: FrontName | undefined;
}

type Balancer = LoadBalancerDescription | LoadBalancer;

/** Adds an app's fleets to the findings. */
export async function findFleets(
  app: WantedApp,
  { zoneId, loadBalancer }: FleetPlace,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  const zoneName = await account.zoneName(zoneId);
  const all: Balancer[] = [...(await account.classicLoadBalancers()), ...(await account.loadBalancers())];
  const hosts: Host[] = [];
  for (const { name: variant, host } of [{ name: "primary", host: app.host }, ...app.canaries]) {
    if (host === undefined) continue;
    const records = await account.records(zoneId, host);
    hosts.push({ variant, name: variantName(app.name, variant), host, zoneId, zoneName, records });
  }
  const obstacles = hosts.flatMap((at) => obstacle(at, all) ?? []);
  if (obstacles.length > 0) {
    const settle = "leave one record alone there, simple or weighted, then run this again";
    findings.notes.push(...obstacles.map((each) => `${each}; nothing of ${app.name} is taken: ${settle}`));
    return;
  }
  const served = new Map<string, Balancer>();
  for (const at of hosts) {
    const balancer = takeRecord(at, all, findings);
    if (balancer !== undefined) served.set(at.variant, balancer);
  }
  const [first] = served.values();
  if (first === undefined) return;
  const kind = kindOf(first);
  if (kind !== (loadBalancer ?? kind) || [...served.values()].some((each) => kindOf(each) !== kind)) {
    const kinds = [...served].map(
      ([variant, balancer]) => `${variant} ${kindOf(balancer) ?? "another kind"}`,
    );
    const allowed = loadBalancer === undefined ? "one kind for all" : `aws.loadBalancer, ${loadBalancer}`;
    findings.notes.push(
      `LoadBalancer/${app.name}: hosts are at ${kinds.join(", ")}; allowed: ${allowed}; all behind them is made anew`,
    );
    return;
  }
  if (kind === undefined) return;
  if (kind !== DEFAULT_FRONT) findings.set("aws.loadBalancer", kind);
  await TAKERS[kind](app, served, account, findings);
}

type Taker = (
  app: WantedApp,
  /** By variant, those of the hosts, all of the kind. */
  balancers: ReadonlyMap<string, Balancer>,
  account: TheirAccount,
  findings: Findings,
) => Promise<void>;

/** What takes over load balancers of each kind and all behind them. */
const TAKERS: Readonly<Record<FrontName, Taker>> = {
  classic: takeClassic as Taker,
  alb: takeApplication as Taker,
  nlb: takeNetwork as Taker,
};

/** Undefined for a kind that the program does not make, such as a Gateway Load Balancer. */
function kindOf(balancer: Balancer): FrontName | undefined {
  const type = "LoadBalancerArn" in balancer ? (balancer.Type ?? "") : undefined;
  return (Object.keys(fronts) as FrontName[]).find((name) => fronts[name].apiType === type);
}
