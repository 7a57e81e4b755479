/** What the schema can't see: settings that contradict one another. */

import { platforms } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { elbProblems } from "./elb";
import { engineProblems } from "./engines";
import { kubernetesProblems } from "./kubernetes";
import { edgeProblems, migrationProblems, networkProblems } from "./migration";
import { patchProblems } from "./patches";
import { platformProblems } from "./platform";
import { rolloutProblems } from "./rollout";
import { traefikProblems } from "./traefik";
import { variantProblems } from "./variants";
import { workloadKindProblems } from "./workload-kinds";
import { workloadProblems } from "./workloads";

export { clashes } from "./clashes";

/**
 * Problems of single settings beside others.
 *
 * @param raw what `parsed` was made of, without its defaults
 */
export function contradictions(parsed: Parsed, raw: Record<string, unknown>): Problem[] {
  const { hasFleets, hasCluster } = platforms[parsed.platform];
  return [
    ...platformProblems(parsed, raw),
    ...patchProblems(parsed.patches),
    ...variantProblems(parsed),
    ...networkProblems(parsed),
    ...rolloutProblems(parsed),
    ...engineProblems(parsed, raw),
    ...(hasFleets ? elbProblems(parsed, raw) : []),
    ...(hasCluster
      ? [
          ...workloadKindProblems(parsed, raw),
          ...kubernetesProblems(parsed),
          ...workloadProblems(parsed, raw),
          ...traefikProblems(parsed, raw),
          ...edgeProblems(parsed),
        ]
      : []),
    ...(hasFleets && hasCluster ? migrationProblems(parsed) : []),
  ];
}
