import { matches } from "../../base/patterns";
import { podSecurityLevel } from "../../components/kubernetes/debug-canary";
import { isHostPathAllowed } from "../../components/kubernetes/pod-security";
import { type RouterName, routers } from "../../components/routers";
import { formatWeight } from "../../components/traffic";
import { type AppSettings, DEBUG_VARIANT, podsNeeded } from "../apps";
import { platforms } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed, ParsedApp } from "../schema";

/**
 * Problems of debug canaries and autoscaling on platform `kubernetes`.
 *
 * @param raw what `parsed` was made of, without its defaults
 */
export function workloadProblems(parsed: Parsed, raw: Record<string, unknown>): Problem[] {
  const given = (raw.apps ?? {}) as Record<string, Record<string, unknown>>;
  return Object.entries(parsed.apps).flatMap(([name, app]) => [
    ...debugProblems(parsed, app, `apps.${name}`),
    ...autoscalingProblems(parsed, app, `apps.${name}`, given[name] ?? {}),
  ]);
}

/** What a debug canary needs, and can't have unless somebody says so elsewhere. */
function debugProblems(parsed: Parsed, app: ParsedApp, key: string): Problem[] {
  const { policies, protect } = parsed;
  const { debug, createNamespace } = app;
  if (debug === undefined) return [];
  const { runtimeClass, sidecar, until } = debug;
  const sandboxes = policies.sandboxedRuntimeClasses;
  const level = podSecurityLevel(sidecar);
  const problems = podsOfWeights(parsed, app, `${key}.debug`, debug);
  if (!sandboxes.some((pattern) => matches(pattern, runtimeClass))) {
    const allowed = `one of policies.sandboxedRuntimeClasses: ${sandboxes.join(", ")}`;
    problems.push({ key: `${key}.debug.runtimeClass`, value: runtimeClass, allowed });
  }
  const { hostPath } = sidecar;
  if (hostPath !== undefined && !isHostPathAllowed(hostPath, policies.debugHostPaths)) {
    const allowed = `one of policies.debugHostPaths, or below: ${policies.debugHostPaths.join(", ")}`;
    problems.push({ key: `${key}.debug.sidecar.hostPath`, value: hostPath, allowed });
  }
  if (level !== undefined && !createNamespace) {
    const allowed =
      `without privileged and hostPath, or with createNamespace, as its pods need Pod Security's level ${level}, ` +
      "which the program sets on Namespaces that it makes";
    problems.push({ key: `${key}.debug.sidecar`, value: sidecar, allowed });
  }
  if (until !== undefined && protect) {
    const allowed = "no date while protect is true: Pulumi would refuse to remove the debug canary";
    problems.push({ key: `${key}.debug.until`, value: until, allowed });
  }
  return problems;
}

function autoscalingProblems(
  parsed: Parsed,
  app: ParsedApp,
  key: string,
  given: Record<string, unknown>,
): Problem[] {
  const { autoscaling } = app;
  if (autoscaling === undefined) return [];
  const problems = podsOfWeights(parsed, app, `${key}.autoscaling`, autoscaling);
  if (autoscaling.max < autoscaling.min) {
    const allowed = `at least autoscaling.min, which is ${autoscaling.min}`;
    problems.push({ key: `${key}.autoscaling.max`, value: autoscaling.max, allowed });
  }
  if (given.replicas !== undefined) {
    const allowed = "no number beside autoscaling, whose min stands in its place";
    problems.push({ key: `${key}.replicas`, value: given.replicas, allowed });
  }
  if (autoscaling.canaries && app.minReadyCapacity !== undefined) {
    const allowed = "false together with minReadyCapacity: no weight waits for an autoscaler's pods";
    problems.push({ key: `${key}.autoscaling.canaries`, value: true, allowed });
  }
  return problems;
}

/** That of a setting which needs numbers of pods of its own, beside a router that makes them of weights. */
function podsOfWeights(parsed: Parsed, app: ParsedApp, key: string, value: unknown): Problem[] {
  const counting = [app.router ?? parsed.router, ...app.alsoRoutedBy].find(decidesPods);
  if (counting === undefined) return [];
  const allowed = `with a router other than ${counting}, whose split is made of numbers of pods`;
  return [{ key, value, allowed }];
}

const decidesPods = (name: RouterName): boolean => routers[name].replicas !== undefined;

/**
 * Canaries with fewer pods than their share of `minReadyCapacity`, and primaries with fewer than all of it: a rollback gives
 * them all requests at once, and must never be what is refused.
 */
export function capacityProblems(
  { platform }: Pick<Parsed, "platform">,
  apps: readonly AppSettings[],
): Problem[] {
  return apps.flatMap((app) => {
    const { minReadyCapacity: whole } = app;
    if (whole === undefined || !platforms[platform].hasCluster) return [];
    const ofWhole = `of the ${whole} that minReadyCapacity says all traffic takes`;
    const canaries = decidesPods(app.router) ? [] : app.canaries;
    const primary = app.autoscaling === undefined ? "replicas" : "autoscaling.min";
    const problems = canaries
      .filter(({ weight, replicas }) => replicas < podsNeeded(app, weight))
      .map(({ name, weight, replicas }) =>
        name === DEBUG_VARIANT
          ? { key: "debug.weight", value: weight, allowed: `what one pod can take ${ofWhole}` }
          : {
              key: name === "canary" ? "canaryReplicas" : `canaries.${name}.replicas`,
              value: replicas,
              allowed: `${podsNeeded(app, weight)} or more: ${formatWeight(weight)} ${ofWhole}`,
            },
      );
    if (app.replicas < whole) {
      const allowed = `${whole} or more: all, as a rollback takes, ${ofWhole}`;
      problems.unshift({ key: primary, value: app.replicas, allowed });
    }
    return problems.map((problem) => ({ ...problem, key: `apps.${app.name}.${problem.key}` }));
  });
}
