/** `canary analyse`: judges what two variants did in a time that is over, without a rollout. */
import { Command, InvalidArgumentError } from "commander";
import { analyser } from "../analysis/analyse";
import { PERSON } from "../analysis/person";
import { type Target, targetKey } from "../analysis/plan";
import type { MetricVerdict, Verdict } from "../analysis/verdict";
import type { AnalysisWorld } from "../analysis/world";
import { data, jsonText, oneLine, print, tellLine } from "../base/output";
import { UserError } from "../base/user-error";
import { analysisOf } from "../rollout/plan/analysis-plan";
import { refuseMissingVariables } from "../rollout/plan/missing-variables";
import { chooseTargets } from "../rollout/plan/targets";
import { engineShifter } from "../rollout/shifters";
import { evidenceText } from "../rollout/views/words";
import { analysisWorld } from "../rollout/wiring";
import { EXIT } from "./errors";
import { collect, withStackOption } from "./options";
import { readStack } from "./read-stack";
import { readSettings } from "./settings";

interface AnalyseOptions {
  readonly stack: string;
  readonly app: readonly string[];
  readonly from: number;
  readonly to?: number;
  readonly json: boolean;
}

/** Exit code of an analysis that can't tell. */
export const CANT_TELL = 3;

export function analyseCommand(): Command {
  return withStackOption(new Command("analyse"))
    .option("--app <name>", "app, or app/canary; repeatable; default every app", collect, [])
    .requiredOption(
      "--from <time>",
      "begin, as in 2026-03-01T12:00:00Z, or as in 30m for 30 minutes ago",
      time,
    )
    .option("--to <time>", "end; default now", time)
    .option("--json", "print the verdict as JSON", false)
    .action(async (options: AnalyseOptions) => {
      process.exitCode = await analyse(options);
    });
}

async function analyse({ stack, app, from, to = Date.now(), json }: AnalyseOptions): Promise<number> {
  if (to <= from) throw new UserError("--to: allowed: a time after --from");
  const { folder, asFiled: configuration } = readStack({ stack, config: [], configPath: false });
  const settings = readSettings(configuration);
  const { rollout } = settings;
  const analysis = analysisOf(settings);
  const metrics = analysis.metrics.filter(({ source }) => source !== PERSON);
  if (metrics.length === 0)
    throw new UserError("rollout.analysis.metrics has nothing to judge by; add a metric of a source");
  refuseMissingVariables({ ...rollout, notices: [] }, process.env);
  const targets = chooseTargets(settings, app);
  const state = async () =>
    (await engineShifter({ folder, configuration, settings }, targets, tellLine)).state();
  const { sources, clock, place, baselineOf } = analysisWorld({ settings, configuration }, state);
  const world: AnalysisWorld = { sources, clock, place, baselineOf };
  const verdict = await analyser({ ...analysis, metrics }, world)(
    targets,
    // A canary that ran before is warm: the second step has no warm-up.
    { step: 1, weights: {}, from, to },
    new AbortController().signal,
  );
  if (json) data(jsonText(verdict, 2));
  else print(texts(verdict, targets));
  return exitCode(verdict);
}

/** Done if each metric is shown to be no worse; no if one is worse. */
function exitCode({ metrics }: Verdict): number {
  if (metrics.some(({ outcome }) => outcome === "fail")) return EXIT.no;
  return metrics.every(isShown) ? EXIT.done : CANT_TELL;
}

/** Whether a metric passes, and by more than a lack of evidence. */
const isShown = ({ outcome, evidence }: MetricVerdict): boolean =>
  outcome === "pass" && (evidence?.noWorse === undefined || evidence.noWorse.value >= evidence.noWorse.limit);

function texts({ metrics }: Verdict, targets: readonly Target[]): string {
  const several = targets.length > 1;
  return metrics
    .map((metric) => {
      const { app, canary, outcome, evidence } = metric;
      const word = outcome === "fail" ? "worse" : isShown(metric) ? "no worse" : "can't tell";
      const whose = several ? `${targetKey({ app, canary })} ` : "";
      const seen = evidence === undefined ? "" : `\n  ${evidenceText(evidence)}`;
      return `${oneLine(`${word}: ${whose}${metric.metric}: ${metric.reason}`)}${seen}\n`;
    })
    .join("");
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

function time(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Date.now() - Number(count) * 1000 * UNITS[unit as keyof typeof UNITS];
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(moment)) return moment;
  throw new InvalidArgumentError(
    "allowed: a time as in 2026-03-01T12:00:00Z, or as in 30m for 30 minutes ago",
  );
}
