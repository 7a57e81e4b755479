/** Apps on AWS fleets and on a Kubernetes cluster at once, while DNS takes users from one to the other. */

import type { Input } from "@pulumi/pulumi";
import { dnsWeights } from "../components/aws/dns";
import { rounded } from "../components/traffic";
import { elb } from "./elb";
import { kubernetes } from "./kubernetes";
import { type Tell, tellAtOnce } from "./messages";
import { bothRouters, type Outputs } from "./outputs";
import type { MigrationSettings } from "./settings";

/** Seconds, as Route 53 wants it for records with health checks. */
const LOW_TTL = 60;

/**
 * Platform `migration`: what platforms `elb` and `kubernetes` declare, under the same names, so that nothing is replaced on
 * the way from the one to the other. Each host name has a weighted record for either side. Answers the outputs of both
 * platforms: `routers` names both, `weights` are what users get over both sides; and `dns`, percent for the Kubernetes
 * side as asked and as the records express it, which is the same.
 */
export function migration(
  settings: MigrationSettings,
  secrets: Input<Record<string, Record<string, string>>>,
  tell: Tell = tellAtOnce,
): Outputs {
  const { apps, aws, dns } = settings;
  const share = dns.kubernetesWeight;
  const weights = dnsWeights(share);
  if (aws.dnsTtl > LOW_TTL) tell("warn", ttlWarning(aws.dnsTtl));
  const before = elb(settings, weights.elb, tell);
  const after = kubernetes(settings, secrets, weights.kubernetes, tell);
  const names = apps.map(({ name }) => name);
  return {
    ...before,
    ...after,
    routers: Object.fromEntries(
      names.map((name) => [name, bothRouters(before.routers[name], after.routers[name])]),
    ),
    weights: blended(before.weights, after.weights, share),
    dns: { kubernetes: { asked: share, effective: share } },
  };
}

function ttlWarning(ttl: number): string {
  return (
    `aws.dnsTtl is ${ttl}: for ${ttl} seconds after each change of dns.kubernetesWeight, and after a side fails, clients ` +
    `still go where they went; at most ${LOW_TTL} in a migration`
  );
}

/** What both sides' weights come to for users that DNS shares out between them. */
function blended(elb: Outputs["weights"], kubernetes: Outputs["weights"], share: number): Outputs["weights"] {
  return Object.fromEntries(
    Object.entries(kubernetes).map(([app, variants]) => [
      app,
      Object.fromEntries(
        Object.entries(variants).map(([variant, { asked, effective }]) => {
          const there = elb[app]?.[variant]?.effective ?? 0;
          return [variant, { asked, effective: rounded((there * (100 - share) + effective * share) / 100) }];
        }),
      ),
    ]),
  );
}
