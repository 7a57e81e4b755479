/** What a verdict says to the machine. */
import type { MetricVerdict, Verdict } from "../../analysis/verdict";

/** Whether an answer is a verdict at all. */
export const isVerdict = (verdict: Partial<Verdict> | undefined): verdict is Verdict =>
  ["pass", "fail", "hold"].includes(verdict?.outcome ?? "") && Array.isArray(verdict?.metrics);

/** Whether a judgement could not be made, for another reason than a person's answer that is still to come. */
export const isHeld = ({ outcome, metrics }: Verdict): boolean =>
  outcome === "hold" && (metrics.length === 0 || metrics.some((metric) => isUnjudged(metric)));

const isUnjudged = ({ outcome }: MetricVerdict): boolean =>
  ["source-failed", "no-traffic", "too-early"].includes(outcome);

/** Why nothing could be judged, in one line. */
export const whyHeld = ({ metrics }: Verdict): string =>
  metrics
    .filter(isUnjudged)
    .map(({ app, canary, metric, reason }) => `${app}/${canary} ${metric}: ${reason}`)
    .join("; ") || "nothing could be judged";

/** What failed and where to look, in one line. */
export function reasonOf({ metrics }: Verdict, failures: number): string {
  const failed = metrics.filter(({ outcome }) => outcome === "fail");
  const parts = failed.map(
    ({ app, canary, metric, reason, look }) => `${app}/${canary} ${metric}: ${reason} (${look})`,
  );
  const what = failures === 1 ? "the judgement" : `${failures} judgements in a row`;
  return `${what} failed: ${parts.join("; ")}`;
}
