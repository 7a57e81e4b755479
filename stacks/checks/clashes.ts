import type { AppSettings } from "../apps";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { baselineProblems, withoutBaseline } from "./baseline";
import { routeProblems } from "./routes";
import { capacityProblems } from "./workloads";

/** Problems of apps beside each other, and of apps with their routers. */
export function clashes(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  return [
    ...hostClashes(apps),
    ...nameClashes(apps),
    ...capacityProblems(parsed, apps),
    ...baselineProblems(parsed, apps),
    ...routeProblems(parsed, apps.map(withoutBaseline)),
  ];
}

function hostClashes(apps: readonly AppSettings[]): Problem[] {
  const owners = new Map<string, string>();
  return apps.flatMap((app) => {
    const hosts = [
      { key: `apps.${app.name}.host`, host: app.host },
      ...app.canaries.map(({ name, host }) => ({
        key: `apps.${app.name}.${name === "canary" ? "canaryHost" : `canaries.${name}.host`}`,
        host,
      })),
    ];
    return hosts.flatMap(({ key, host }): Problem[] => {
      if (host === undefined) return [];
      const owner = owners.get(host);
      owners.set(host, owner ?? key);
      return owner === undefined ? [] : [{ key, value: host, allowed: `another host than that of ${owner}` }];
    });
  });
}

/** Names that two apps would give to one resource; a namespace does not tell resources apart for Pulumi. */
function nameClashes(apps: readonly AppSettings[]): Problem[] {
  const owners = new Map<string, string>();
  return apps.flatMap((app) =>
    [app.name, ...app.split.canaries.map(({ name }) => `${app.name}-${name}`)].flatMap((name): Problem[] => {
      const owner = owners.get(name);
      owners.set(name, owner ?? app.name);
      if (owner === undefined) return [];
      return [{ key: `apps.${app.name}`, value: name, allowed: `a name that app ${owner} does not use` }];
    }),
  );
}
