/** Services that the program sends requests to and that somebody else makes. */
import { type AppSettings, serviceNameOf } from "../stacks/apps";
import { workloadKindOf, workloadKinds } from "../stacks/workload-kinds";
import type { Cluster } from "./kubernetes";

/** A line for each Service that the cluster does not have. @throws StatusError if the cluster can't be read */
export async function missingServices(
  apps: readonly AppSettings[],
  cluster: Pick<Cluster, "find">,
): Promise<string[]> {
  const lines: string[] = [];
  for (const app of apps.filter((each) => workloadKindOf(each) === "existing")) {
    for (const { name: variant } of app.split.variants) {
      const canary = app.canaries.find(({ name }) => name === variant);
      const metadata = { name: serviceNameOf(app, variant), namespace: canary?.namespace ?? app.namespace };
      if ((await cluster.find({ apiVersion: "v1", kind: "Service", metadata })) !== undefined) continue;
      lines.push(
        `Service ${metadata.namespace}/${metadata.name} of ${app.name}'s ${variant} is not there; ` +
          `${workloadKinds.existing.instead}`,
      );
    }
  }
  return lines;
}
