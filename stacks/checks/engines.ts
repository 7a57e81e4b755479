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

type Raw = Readonly<Record<string, unknown>>;

/**
 * What the controller of `rollout.engine` can't do, or would never read.
 *
 * @param raw what `parsed` was made of, without its defaults
 */
export function engineProblems(parsed: Parsed, raw: Raw): Problem[] {
  const { engine } = parsed.rollout;
  const controller = controllerOf(engine);
  if (controller === undefined) return [];
  if (parsed.platform !== "kubernetes") {
    return [
      { key: "rollout.engine", value: engine, allowed: "pulumi, or another on platform kubernetes only" },
    ];
  }
  return [
    ...weightProblems(parsed),
    ...Object.keys(parsed.apps).flatMap((name) => appProblems(parsed, raw, controller, name)),
    ...stepProblems(parsed),
    ...unreadProblems(parsed, raw, controller),
    ...controller
      .problems(parsed.rollout)
      .map(([key, value, allowed]) => ({ key: `rollout.${key}`, value, allowed })),
    ...metricProblems(parsed, controller),
  ];
}

const given = (raw: unknown, key: string): unknown => (raw as Raw | undefined)?.[key];
const isGiven = (value: unknown): boolean =>
  ![undefined, false, "requests"].includes(value as undefined) &&
  !isDeepStrictEqual(value, {}) &&
  !isDeepStrictEqual(value, []);

function weightProblems({ canaryWeight, rollout: { engine } }: Parsed): Problem[] {
  if (canaryWeight === 0) return [];
  return [
    {
      key: "canaryWeight",
      value: canaryWeight,
      allowed: `0 with rollout.engine ${engine}, whose the weights are`,
    },
  ];
}

function appProblems(parsed: Parsed, raw: Raw, { beyond }: Controller, name: string): Problem[] {
  const { engine } = parsed.rollout;
  const settings = given(raw.apps, name);
  const router = parsed.apps[name]?.router ?? parsed.router;
  const weight = parsed.apps[name]?.canaryWeight ?? 0;
  return [
    ...(router === "traefik"
      ? []
      : [{ key: `apps.${name}.router`, value: router, allowed: `traefik with rollout.engine ${engine}` }]),
    ...(weight === 0
      ? []
      : [
          {
            key: `apps.${name}.canaryWeight`,
            value: weight,
            allowed: `0 with rollout.engine ${engine}, whose the weights are`,
          },
        ]),
    ...Object.entries(beyond)
      .filter(([key]) => isGiven(given(settings, key)))
      .map(([key, why]) => ({
        key: `apps.${name}.${key}`,
        value: given(settings, key),
        allowed: `no such key with rollout.engine ${engine}: ${why}`,
      })),
  ];
}

/** Both controllers take whole percents alone. */
function stepProblems({ rollout }: Parsed): Problem[] {
  const { engine, exponential } = rollout;
  const decimal = stepsOf(rollout).find((weight) => !Number.isInteger(weight));
  if (decimal === undefined) return [];
  const allowed = `whole percents with rollout.engine ${engine}, not ${formatWeight(decimal)}`;
  const [key, value] = exponential === undefined ? ["steps", rollout.steps] : ["exponential", exponential];
  return [{ key: `rollout.${key}`, value, allowed }];
}

/** Settings of `canary rollout` that the controller has nothing like. */
function unreadProblems({ rollout: { engine } }: Parsed, raw: Raw, { analysisKeys }: Controller): Problem[] {
  const unread = (at: unknown, prefix: string, read: readonly string[]): Problem[] =>
    Object.entries((at ?? {}) as Raw)
      .filter(([key, value]) => !read.includes(key) && isGiven(value))
      .map(([key, value]) => {
        return { key: `${prefix}.${key}`, value, allowed: `no such key with rollout.engine ${engine}` };
      });
  const analysis = given(raw.rollout, "analysis");
  const metrics = (given(analysis, "metrics") ?? []) as readonly unknown[];
  return [
    ...unread(raw.rollout, "rollout", ROLLOUT_KEYS),
    ...unread(analysis, "rollout.analysis", analysisKeys),
    ...metrics.flatMap((metric, i) => unread(metric, `rollout.analysis.metrics[${i}]`, METRIC_KEYS)),
  ];
}

/** A path that both JSONPath's standard and Kubernetes' own dialect read alike. */
const PLAIN_PATH = /^\$(\.[A-Za-z_]\w*|\[\d+\])+$/;

function metricProblems({ rollout }: Parsed, controller: Controller): Problem[] {
  const { engine, sources, analysis } = rollout;
  const by = `with rollout.engine ${engine}`;
  const problems = analysis.metrics.flatMap(({ name, source, query, threshold }, i): Problem[] => {
    const key = `rollout.analysis.metrics[${i}]`;
    const names = analysis.metrics.slice(0, i).map(objectNameOf);
    return [
      ...(objectNameOf({ name }) === "" || names.includes(objectNameOf({ name }))
        ? [
            {
              key: `${key}.name`,
              value: name,
              allowed: `letters or digits that no other metric's name has, ${by}`,
            },
          ]
        : []),
      ...(controller.sources.includes(source)
        ? []
        : [
            { key: `${key}.source`, value: source, allowed: `one of ${controller.sources.join(", ")} ${by}` },
          ]),
      ...(source === "http" && !PLAIN_PATH.test(query)
        ? [{ key: `${key}.query`, value: query, allowed: `a path such as $.errors.rate ${by}` }]
        : []),
      ...(threshold === undefined ? [{ key: `${key}.threshold`, allowed: `a threshold ${by}` }] : []),
    ];
  });
  const used = controller.sources.filter((name) => analysis.metrics.some(({ source }) => source === name));
  return [
    ...problems,
    ...used.flatMap((name) => sourceProblems(name, sources, controller.judgementSeconds(rollout), by)),
  ];
}

/** A controller asks from inside the cluster, without this machine's variables. */
function sourceProblems(
  name: string,
  { prometheus, http }: Parsed["rollout"]["sources"],
  seconds: number,
  by: string,
): Problem[] {
  const headers = (name === "http" ? http : prometheus)?.headers ?? {};
  const problems: Problem[] = [];
  if (Object.keys(headers).length > 0) {
    const allowed = `none ${by}, which has no variables of this machine`;
    problems.push({ key: `rollout.sources.${name}.headers`, value: headers, allowed });
  }
  if (name === "http" && /\{\{\s*(from|to)\s*\}\}/.test(http?.url ?? "")) {
    problems.push({
      key: "rollout.sources.http.url",
      value: http?.url,
      allowed: `no {{from}} and {{to}} ${by}`,
    });
  }
  if (name === "prometheus" && prometheus !== undefined) {
    if (prometheus.metrics !== "traefik") {
      const allowed = `traefik ${by}`;
      problems.push({ key: "rollout.sources.prometheus.metrics", value: prometheus.metrics, allowed });
    }
    if (seconds < 2 * prometheus.scrapeSeconds) {
      const allowed = `at most half of the ${seconds} s that a judgement looks back over ${by}`;
      const { scrapeSeconds } = prometheus;
      problems.push({ key: "rollout.sources.prometheus.scrapeSeconds", value: scrapeSeconds, allowed });
    }
  }
  return problems;
}
