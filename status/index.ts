/** A stack as it is: weights as asked, as they can be expressed, and as they are observed. */
import type { StackConfiguration } from "../offline/configuration";
import { awsAccount } from "./account";
import { isOnAws, observeAws } from "./aws";
import { type Declared, declare } from "./declared";
import { isOnKubernetes, kubernetesCluster, observeKubernetes } from "./kubernetes";
import type { Observations, Report } from "./report";

/** Type of the component that an app is on Kubernetes. */
const CANARY_APP = "canary-traffic:kubernetes:CanaryApp";

export interface StatusOptions {
  /** Context of the kubeconfig; default its current one. */
  readonly context?: string | undefined;
  /** Told what is being read. */
  readonly progress?: (message: string) => void;
}

/** @throws StatusError where AWS or the cluster can't be read */
export async function status(
  folder: string,
  configuration: StackConfiguration,
  { context, progress = () => {} }: StatusOptions = {},
): Promise<Report> {
  const declared = await declare(folder, configuration);
  const observations: Observations[] = [];
  if (isOnAws(declared)) {
    progress("Reading what AWS has");
    observations.push(await observeAws(declared, await awsAccount(declared.region)));
  }
  if (isOnKubernetes(declared)) {
    progress("Reading the cluster's routing objects");
    observations.push(await observeKubernetes(declared, await kubernetesCluster(context)));
  }
  return merged(declared, observations);
}

export function merged({ stack, apps, resources }: Declared, observations: readonly Observations[]): Report {
  const variants = apps.flatMap(({ name: app, router, weights }) =>
    weights.map(([variant, weight]) => {
      const [observed] = observations.flatMap(({ weights }) => weights[app]?.[variant] ?? []);
      return { app, variant, router, ...weight, observed };
    }),
  );
  return {
    stack,
    variants,
    facts: observations.flatMap(({ facts }) => facts),
    unseen: [
      ...resources
        .filter(({ type, name }) => type === CANARY_APP && !apps.some((app) => app.name === name))
        .map(({ name }) => `the weights of ${name}, which a controller in the cluster shifts`),
      ...observations.flatMap(({ unseen }) => unseen),
    ],
  };
}
