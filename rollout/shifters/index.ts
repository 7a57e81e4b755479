/** The shifter of a stack that Pulumi's engine updates. */
import { systemClock } from "../../analysis/clock";
import type { Target } from "../../analysis/plan";
import { hasCluster, hasFleets } from "../../stacks/settings";
import { awsAccount } from "../../status/account";
import { awsAccessOrUsual, shownAccess } from "../../status/aws-access";
import { StatusError } from "../../status/errors";
import type { ProviderValues } from "../../status/kubeconfig";
import { kubernetesCluster, type NamedCluster } from "../../status/kubernetes";

import type { Digests } from "../machine/ports";
import { type EngineOptions, EngineShifter } from "./engine";

import { pulumiEngine } from "./pulumi";

/** Longest that AWS is asked for the account's number, in milliseconds: going back must not wait for it. */
const LONGEST_ASKED_MS = 3000;

/**
 * @param note told where the shifter looks, and what it can't do here, a line each
 * @param since the configuration when the rollout began; default as it is now
 * @throws EngineError if there is no engine
 */
export async function engineShifter(
  { folder, configuration, settings }: Pick<EngineOptions, "folder" | "configuration" | "settings">,
  targets: readonly Target[],
  note: (line: string) => void,
  since?: Digests,
): Promise<EngineShifter> {
  const { project, stack, qualifiedStack, values } = configuration;
  const access = hasFleets(settings) ? awsAccessOrUsual(values, note) : undefined;
  // Beside what follows, which takes as long.
  const shown = access && shownAccess(access, AbortSignal.timeout(LONGEST_ASKED_MS));
  shown?.catch(() => {});
  const engine = await pulumiEngine(folder, project, stack, qualifiedStack);
  const cluster = hasCluster(settings) ? await clusterOrNone(values, note) : undefined;
  const account = access && (await awsAccount(access));
  const looked = [cluster?.title, await shown].filter((where) => where !== undefined);
  if (looked.length > 0) note(`${stack}: looking at ${looked.join("; ")}`);
  const readers = { cluster, account };
  const clock = systemClock;
  return new EngineShifter({ folder, configuration, settings, targets, engine, readers, clock, since, note });
}

async function clusterOrNone(
  values: ProviderValues,
  note: (line: string) => void,
): Promise<NamedCluster | undefined> {
  try {
    return await kubernetesCluster(values);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    note(`${error.message}; weights are read from the state, not from the cluster`);
    return undefined;
  }
}
