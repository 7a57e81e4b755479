/** What the schema can't see: settings that contradict one another. */
import { amountOf } from "../components/kubernetes/quantity";
import { routers } from "../components/routers";
import { type AppSettings, canariesOf, routeOf } from "./apps";
import type { Problem } from "./problems";
import type { Parsed, ParsedApp } from "./schema";

/** Problems of single settings beside others. */
export function contradictions(parsed: Parsed): Problem[] {
  return [
    ...variantProblems(parsed),
    ...(parsed.platform === "elb" ? elbProblems(parsed) : podProblems(parsed)),
  ];
}

/** Problems of apps beside each other, and of apps with their routers. */
export function clashes(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  return [...hostClashes(apps), ...nameClashes(apps), ...routeProblems(parsed, apps)];
}

/** Canaries that take more than there is, or have a name that is taken. */
function variantProblems(parsed: Parsed): Problem[] {
  return Object.entries(parsed.apps).flatMap(([name, app]): Problem[] => {
    const canaries = canariesOf(parsed, name, app);
    const taken = ["primary", ...(app.canaryImage !== undefined ? ["canary"] : [])];
    const claimed = Object.keys(app.canaries)
      .filter((key) => taken.includes(key))
      .map((key) => ({
        key: `apps.${name}.canaries.${key}`,
        value: key,
        allowed: "a name that no variant has",
      }));
    const total = canaries.reduce((sum, canary) => sum + Math.round(canary.weight * 100), 0) / 100;
    if (total <= 100) return claimed;
    const parts = canaries.map((canary) => `${canary.name} ${canary.weight}`).join(" + ");
    const allowed = `canaries of at most 100 together, not ${total}`;
    return [...claimed, { key: `apps.${name}`, value: parts, allowed }];
  });
}

/** Longest name of a classic load balancer in AWS; Pulumi appends a hyphen and seven characters to ours. */
const LONGEST_ELB_NAME = 32 - 8;

function elbProblems(parsed: Parsed): Problem[] {
  if (parsed.aws === undefined) return [{ key: "aws", allowed: "the AWS settings, on platform elb" }];
  const { fleetSize, maxSize, publicSubnetIds } = parsed.aws;
  const problems: Problem[] = [];
  if (maxSize !== undefined && maxSize <= fleetSize) {
    problems.push({
      key: "aws.maxSize",
      value: maxSize,
      allowed: `more than aws.fleetSize, which is ${fleetSize}`,
    });
  }
  if (new Set(publicSubnetIds).size < publicSubnetIds.length) {
    problems.push({ key: "aws.publicSubnetIds", value: publicSubnetIds, allowed: "each subnet once" });
  }
  for (const [name, app] of Object.entries(parsed.apps)) {
    if (Object.keys(app.canaries).length > 0) problems.push(...unused(name, app));
    const longest = [name, ...canariesOf(parsed, name, app).map((canary) => `${name}-${canary.name}`)]
      .sort((a, b) => a.length - b.length)
      .at(-1);
    if (longest !== undefined && longest.length > LONGEST_ELB_NAME) {
      const allowed = `at most ${LONGEST_ELB_NAME} characters as a load balancer's name, ${longest} has ${longest.length}`;
      problems.push({ key: `apps.${name}`, value: longest, allowed });
    }
  }
  return problems;
}

/** Settings of the variant `canary`, which an app with canaries of other names does not have on this platform. */
function unused(name: string, app: ParsedApp): Problem[] {
  return (["canaryWeight", "canaryHost"] as const)
    .filter((key) => app[key] !== undefined)
    .map((key) => ({ key: `apps.${name}.${key}`, value: app[key], allowed: "not together with canaries" }));
}

function podProblems(parsed: Parsed): Problem[] {
  const { acceptGraceSeconds, graceSeconds } = parsed.traefik;
  const problems: Problem[] = [];
  if (acceptGraceSeconds + graceSeconds >= 60) {
    const allowed = `with traefik.acceptGraceSeconds (${acceptGraceSeconds}) below the 60 seconds of a pod's grace`;
    problems.push({ key: "traefik.graceSeconds", value: graceSeconds, allowed });
  }
  for (const name of Object.keys(parsed.secrets)) {
    if (parsed.apps[name] === undefined)
      problems.push({ key: `secrets.${name}`, allowed: "no such key in apps" });
  }
  for (const [name, app] of Object.entries(parsed.apps)) {
    const key = `apps.${name}`;
    if (app.image === undefined)
      problems.push({ key: `${key}.image`, allowed: "an image, on platform kubernetes" });
    if (app.canaryImage === undefined) {
      for (const needing of ["canaryWeight", "canaryHost"] as const) {
        if (app[needing] !== undefined) {
          problems.push({
            key: `${key}.${needing}`,
            value: app[needing],
            allowed: "together with canaryImage only",
          });
        }
      }
    }
    for (const [canary, { image }] of Object.entries(app.canaries)) {
      if (image === undefined) {
        problems.push({
          key: `${key}.canaries.${canary}.image`,
          allowed: "an image, on platform kubernetes",
        });
      }
    }
    for (const variable of Object.keys(parsed.secrets[name] ?? {})) {
      if (app.env[variable] === undefined) continue;
      const allowed = `a variable that is not in secrets.${name} too`;
      problems.push({ key: `${key}.env.${variable}`, value: app.env[variable], allowed });
    }
    const { memory, memoryLimit } = app.resources;
    if ((amountOf(memory) ?? 0) > (amountOf(memoryLimit) ?? 0)) {
      const allowed = `at most resources.memoryLimit, which is ${memoryLimit}`;
      problems.push({ key: `${key}.resources.memory`, value: memory, allowed });
    }
    if (app.preStopSeconds >= app.terminationGraceSeconds) {
      const allowed = `less than terminationGraceSeconds, which is ${app.terminationGraceSeconds}`;
      problems.push({ key: `${key}.preStopSeconds`, value: app.preStopSeconds, allowed });
    }
  }
  return problems;
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
    [app.name, ...app.canaries.map(({ name }) => `${app.name}-${name}`)].flatMap((name): Problem[] => {
      const owner = owners.get(name);
      owners.set(name, owner ?? app.name);
      if (owner === undefined) return [];
      return [{ key: `apps.${app.name}`, value: name, allowed: `a name that app ${owner} does not use` }];
    }),
  );
}

function routeProblems(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  if (parsed.platform !== "kubernetes") return [];
  return apps.flatMap((app) =>
    routers[app.router]
      .problems(routeOf(app, parsed.traefik))
      .map((allowed) => ({ key: `apps.${app.name}.router`, value: app.router, allowed })),
  );
}
