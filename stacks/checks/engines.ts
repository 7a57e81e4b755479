import { isDeepStrictEqual } from "node:util";
import type { Asking } from "../../analysis/source";
import { configured, sourceKinds, sourceOf } from "../../analysis/sources";
import type { Refusal } from "../../components/fields";
import { type Controller, type ControllerName, controllers, objectNameOf } from "../../components/hand-over";
import { formatWeight } from "../../components/traffic";
import { isClusterAlone, platforms, platformsWith } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { stepsOf } from "../schema/rollout";

/** Keys of `rollout` that every controller reads, beside those of `analysis`. */
const ROLLOUT_KEYS = ["engine", "steps", "exponential", "bakeSeconds", "approvals", "analysis", "sources"];
const METRIC_KEYS = ["name", "source", "query", "better", "unit", "threshold"];

type Raw = Readonly<Record<string, unknown>>;

/** What the checks of one configuration share. */
interface Checked {
  readonly parsed: Parsed;
  /** What `parsed` was made of, without its defaults. */
  readonly raw: Raw;
  readonly name: ControllerName;
  readonly controller: Controller;
  /** Ends a sentence on what is allowed. */
  readonly by: string;
  readonly refuse: (key: string, value: unknown, allowed: string) => void;
}

/**
 * What the controller of `rollout.engine` can't do, or would never read.
 *
 * @param raw what `parsed` was made of, without its defaults
 */
export function engineProblems(parsed: Parsed, raw: Raw): Problem[] {
  const { engine } = parsed.rollout;
  if (engine === "pulumi") return [];
  if (!isClusterAlone(platforms[parsed.platform])) {
    const allowed = `pulumi, or another on platform ${platformsWith(isClusterAlone).join(", ")} only`;
    return [{ key: "rollout.engine", value: engine, allowed }];
  }
  const problems: Problem[] = [];
  const refuse: Checked["refuse"] = (key, value, allowed) => problems.push({ key, value, allowed });
  const controller = controllers[engine];
  const checked = { parsed, raw, name: engine, controller, by: `with rollout.engine ${engine}`, refuse };
  checkApps(checked);
  checkSteps(checked);
  checkUnread(checked);
  checkMetrics(checked);
  return problems;
}

const given = (raw: unknown, key: string): unknown => (raw as Raw | undefined)?.[key];

const isAsked = (value: unknown): boolean =>
  ![undefined, false, "requests", "http", {}, []].some((unasked) => isDeepStrictEqual(value, unasked));

function checkApps({ parsed, raw, controller, by, refuse }: Checked): void {
  const noWeight = `0 ${by}, whose the weights are`;
  if (parsed.canaryWeight !== 0) refuse("canaryWeight", parsed.canaryWeight, noWeight);
  const names = Object.keys(parsed.apps);
  for (const [name, { router = parsed.router, canaryWeight = 0 }] of Object.entries(parsed.apps)) {
    if (router !== controller.router) refuse(`apps.${name}.router`, router, `${controller.router} ${by}`);
    if (canaryWeight !== 0) refuse(`apps.${name}.canaryWeight`, canaryWeight, noWeight);
    for (const [key, why] of Object.entries(controller.beyond)) {
      const value = given(given(raw.apps, name), key);
      if (isAsked(value)) refuse(`apps.${name}.${key}`, value, `no such key ${by}: ${why}`);
    }
    const owner = names.find((other) => controller.names(other).includes(name));
    if (owner !== undefined) refuse(`apps.${name}`, name, `a name that no object of ${owner} has ${by}`);
  }
}

/** Both controllers take whole percents alone. */
function checkSteps({ parsed: { rollout }, controller, by, refuse }: Checked): void {
  const decimal = stepsOf(rollout).find((weight) => !Number.isInteger(weight));
  if (decimal !== undefined) {
    const key = rollout.exponential === undefined ? "steps" : "exponential";
    refuse(`rollout.${key}`, rollout[key], `whole percents ${by}, not ${formatWeight(decimal)}`);
  }
  for (const [key, value, allowed] of controller.problems(rollout)) refuse(`rollout.${key}`, value, allowed);
}

/** Settings of `canary rollout` that the controller has nothing like. */
function checkUnread({ raw, controller, by, refuse }: Checked): void {
  const unread = (at: unknown, path: string, read: readonly string[]): void => {
    for (const [key, value] of Object.entries((at ?? {}) as Raw))
      if (!read.includes(key) && isAsked(value)) refuse(`${path}.${key}`, value, `no such key ${by}`);
  };
  const analysis = given(raw.rollout, "analysis");
  const metrics = (given(analysis, "metrics") ?? []) as readonly unknown[];
  unread(raw.rollout, "rollout", ROLLOUT_KEYS);
  unread(analysis, "rollout.analysis", controller.analysisKeys);
  for (const [i, metric] of metrics.entries()) unread(metric, `rollout.analysis.metrics[${i}]`, METRIC_KEYS);
}

function checkMetrics({ parsed: { rollout }, name: engine, controller, by, refuse }: Checked): void {
  const { analysis, sources } = rollout;
  const { metrics } = analysis;
  const asking: Asking = { by, router: controller.router, seconds: controller.judgementSeconds(rollout) };
  const able = Object.entries(sourceKinds).flatMap(([name, kind]) => (kind.handOver?.[engine] ? [name] : []));
  const refuseBelow = (path: string, refusals: readonly Refusal[] = []): void => {
    for (const [key, value, allowed] of refusals) refuse(`${path}.${key}`, value, allowed);
  };
  for (const [i, metric] of metrics.entries()) {
    const key = `rollout.analysis.metrics[${i}]`;
    const { name, source, threshold } = metric;
    const objectName = objectNameOf(metric);
    if (objectName === "" || metrics.slice(0, i).map(objectNameOf).includes(objectName))
      refuse(`${key}.name`, name, `letters or digits that no other metric's name has, ${by}`);
    if (!able.includes(source)) refuse(`${key}.source`, source, `one of ${able.join(", ")} ${by}`);
    refuseBelow(key, sourceOf(sources, metric)?.kind.handOver?.[engine]?.metricProblems?.(metric, asking));
    if (threshold === undefined) refuse(`${key}.threshold`, undefined, `a threshold ${by}`);
  }
  for (const { name, kind, settings } of configured(sources)) {
    if (metrics.some(({ source }) => source === name))
      refuseBelow(`rollout.sources.${name}`, kind.handOver?.[engine]?.problems(settings, asking));
  }
}
