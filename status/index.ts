/** A stack as it is: weights as asked, as they can be expressed, and as they are observed. */
import { audienceOf } from "../offline/audience";
import type { StackConfiguration } from "../offline/configuration";
import type { ResourceState } from "../offline/state";
import { type Account, awsAccount } from "./account";
import { isOnAws, observeAws } from "./aws";
import { awsAccess, shownAccess } from "./aws-access";
import { type Declared, declare, idsOf, sideOf } from "./declared";
import { StatusError } from "./errors";
import {
  type Cluster,
  isOnKubernetes,
  kubernetesCluster,
  observeKubernetes,
  serviceFacts,
} from "./kubernetes";
import type { Observations, Report } from "./report";

/** Type of the component that an app is on Kubernetes. */
const CANARY_APP = "canary-traffic:kubernetes:CanaryApp";

export interface StatusOptions {
  /** Context of the kubeconfig; default the stack's own, else its current one. */
  readonly context?: string | undefined;
  /** The stack's resources, by whose ids AWS's are known; without them by their names and networks. Asked for if needed. */
  readonly state?: () => Promise<readonly ResourceState[] | undefined>;
  /** Told what is being read. */
  readonly progress?: (message: string) => void;
}

/** @throws StatusError if nothing of AWS or the cluster can be read */
export async function status(
  folder: string,
  configuration: StackConfiguration,
  { context, state, progress }: StatusOptions = {},
): Promise<Report> {
  const declared = await declare(folder, configuration);
  const looked: string[] = [];
  const places: Places = {
    async account() {
      const access = awsAccess(configuration.values);
      looked.push(await shownAccess(access));
      return awsAccount(access);
    },
    async cluster() {
      const cluster = await kubernetesCluster(configuration.values, context);
      looked.push(cluster.title);
      return cluster;
    },
  };
  const ids = isOnAws(declared) ? idsOf((await state?.()) ?? []) : undefined;
  try {
    return { ...(await observe({ ...declared, ids }, places, progress)), looked };
  } catch (error) {
    if (!(error instanceof StatusError) || looked.length === 0) throw error;
    throw new StatusError(`${error.message}; looked at ${looked.join("; ")}`);
  }
}

/** What is read; each is asked for if the stack has something there. */
export interface Places {
  account(): Promise<Account>;
  cluster(): Promise<Cluster>;
}

/** @throws StatusError if no place can be read; if one can, the report says why the other can't */
export async function observe(
  declared: Declared,
  { account, cluster }: Places,
  progress: StatusOptions["progress"] = () => {},
): Promise<Report> {
  const observations: Observations[] = [];
  const failures: { what: string; error: StatusError }[] = [];
  const read = async (what: string, found: () => Promise<Observations>): Promise<void> => {
    progress(`Reading ${what}`);
    try {
      observations.push(await found());
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      failures.push({ what, error });
    }
  };
  if (isOnAws(declared)) await read("what AWS has", async () => observeAws(declared, await account()));
  if (isOnKubernetes(declared)) {
    await read("the cluster's routing objects", async () => {
      const found = await cluster();
      const seen = await observeKubernetes(declared, found);
      return { ...seen, facts: [...(await serviceFacts(declared, found)), ...seen.facts] };
    });
  }
  if (failures.length > 0 && observations.length === 0)
    throw new StatusError(failures.map(({ error }) => error.message).join("\n"));
  return merged(
    declared,
    observations,
    failures.map(({ what, error }) => `${what}: ${error.message}`),
  );
}

function merged(
  { stack, apps, resources }: Declared,
  observations: readonly Observations[],
  unread: readonly string[],
): Report {
  const audience = audienceOf(resources);
  const variants = apps.flatMap(({ name: app, router, weights }) => {
    const where = sideOf({ router });
    const found = observations.find(({ side }) => side === where);
    const shown = audience.get(app)?.variants;
    return weights.map(([variant, weight]) => {
      const observed = found?.weights[app]?.[variant];
      const { images = {}, service } = shown?.find(({ name }) => name === variant) ?? {};
      const version = images[where] ?? (where === "elb" ? service : undefined);
      return { app, variant, version, router, ...weight, seen: found !== undefined, observed };
    });
  });
  return {
    stack,
    looked: [],
    users: [...audience].map(([app, { host, sides }]) => ({ app, host, sides })),
    variants,
    facts: observations.flatMap(({ facts }) => facts),
    unread,
    unseen: [
      ...resources
        .filter(({ type, name }) => type === CANARY_APP && !apps.some((app) => app.name === name))
        .map(({ name }) => `the weights of ${name}, which a controller in the cluster shifts`),
      ...observations.flatMap(({ unseen }) => unseen),
    ],
  };
}
