/** Every check, in the order in which people read them. */
import type { DoctorCheck } from "../check";
import { fleets, identity, region, zone } from "./aws";
import { leftovers, login, passphrase, stackThere } from "./backend";
import { edgeNodes, kinds, reachable, rights } from "./cluster";
import { languageHost, node, packages, plugins, pulumi } from "./engine";
import { metrics } from "./metrics";

/** By the names that `--json` has. */
export const checks: Readonly<Record<string, DoctorCheck>> = {
  node,
  pulumi,
  languageHost,
  packages,
  plugins,
  login,
  passphrase,
  stack: stackThere,
  cluster: reachable,
  kinds,
  rights,
  edgeNodes,
  region,
  identity,
  zone,
  fleets,
  metrics,
  rollouts: leftovers,
};
