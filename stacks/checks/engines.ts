import { isDeepStrictEqual } from "node:util";
import { formatWeight } from "../../components/traffic";
import { type Controller, controllerOf } from "../../rollout/engines";
import { objectNameOf } from "../../rollout/engines/metrics";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { stepsOf } from "../schema/rollout";

/** Keys of `rollout` that every controller reads, beside those of `analysis`. */
const ROLLOUT_KEYS = ["engine", "steps", "exponential", "bakeSeconds", "approvals", "analysis", "sources"];
const METRIC_KEYS = ["name", "source", "query", "better", "unit", "threshold"];

/** A path that both JSONPath's standard and Kubernetes' own dialect read alike. */
const PLAIN_PATH = /^\$(\.[A-Za-z_]\w*|\[\d+\])+$/;

type Raw = Readonly<Record<string, unknown>>;

/** What the checks of one configuration share. */
interface Checked {
  readonly parsed: Parsed;
  /** What `parsed` was made of, without its defaults. */
  readonly raw: Raw;
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
  const controller = controllerOf(engine);
  if (controller === undefined) return [];
  if (parsed.platform !== "kubernetes")
    return [
      { key: "rollout.engine", value: engine, allowed: "pulumi, or another on platform kubernetes only" },
    ];
  const problems: Problem[] = [];
  const refuse: Checked["refuse"] = (key, value, allowed) => problems.push({ key, value, allowed });
  const checked = { parsed, raw, controller, by: `with rollout.engine ${engine}`, refuse };
  checkApps(checked);
  checkSteps(checked);
  checkUnread(checked);
  checkMetrics(checked);
  checkSources(checked);
  return problems;
}

const given = (raw: unknown, key: string): unknown => (raw as Raw | undefined)?.[key];

const isAsked = (value: unknown): boolean =>
  ![undefined, false, "requests", {}, []].some((unasked) => isDeepStrictEqual(value, unasked));

function checkApps({ parsed, raw, controller, by, refuse }: Checked): void {
  const noWeight = `0 ${by}, whose the weights are`;
  if (parsed.canaryWeight !== 0) refuse("canaryWeight", parsed.canaryWeight, noWeight);
  const names = Object.keys(parsed.apps);
  for (const [name, { router = parsed.router, canaryWeight = 0 }] of Object.entries(parsed.apps)) {
    if (router !== "traefik") refuse(`apps.${name}.router`, router, `traefik ${by}`);
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

function checkMetrics({ parsed: { rollout }, controller, by, refuse }: Checked): void {
  const { metrics } = rollout.analysis;
  for (const [i, metric] of metrics.entries()) {
    const key = `rollout.analysis.metrics[${i}]`;
    const { name, source, query, threshold } = metric;
    const objectName = objectNameOf(metric);
    if (objectName === "" || metrics.slice(0, i).map(objectNameOf).includes(objectName))
      refuse(`${key}.name`, name, `letters or digits that no other metric's name has, ${by}`);
    if (!controller.sources.includes(source))
      refuse(`${key}.source`, source, `one of ${controller.sources.join(", ")} ${by}`);
    if (source === "http" && !PLAIN_PATH.test(query))
      refuse(`${key}.query`, query, `a path such as $.errors.rate ${by}`);
    if (threshold === undefined) refuse(`${key}.threshold`, undefined, `a threshold ${by}`);
  }
}

/** A controller asks from inside the cluster, without this machine's variables. */
function checkSources({ parsed: { rollout }, controller, by, refuse }: Checked): void {
  const { prometheus, http } = rollout.sources;
  const isUsed = (name: string): boolean =>
    controller.sources.includes(name) && rollout.analysis.metrics.some(({ source }) => source === name);
  for (const [name, source] of Object.entries({ prometheus, http })) {
    if (source !== undefined && isUsed(name) && Object.keys(source.headers).length > 0) {
      const allowed = `none ${by}, which has no variables of this machine`;
      refuse(`rollout.sources.${name}.headers`, source.headers, allowed);
    }
  }
  if (http !== undefined && isUsed("http") && /\{\{\s*(from|to)\s*\}\}/.test(http.url))
    refuse("rollout.sources.http.url", http.url, `no {{from}} and {{to}} ${by}`);
  if (prometheus === undefined || !isUsed("prometheus")) return;
  const { metrics, scrapeSeconds } = prometheus;
  const judged = controller.judgementSeconds(rollout);
  if (metrics !== "traefik") refuse("rollout.sources.prometheus.metrics", metrics, `traefik ${by}`);
  if (judged < 2 * scrapeSeconds) {
    const allowed = `at most half of the ${judged} s that a judgement looks back over ${by}`;
    refuse("rollout.sources.prometheus.scrapeSeconds", scrapeSeconds, allowed);
  }
}
