/** What a verdict says to the machine. */
import type { MetricVerdict, Verdict } from "../../analysis/verdict";

/** Whether an answer is a verdict at all. */
export const isVerdict = (verdict: Partial<Verdict> | undefined): verdict is Verdict =>
  ["pass", "fail", "hold"].includes(verdict?.outcome ?? "") && Array.isArray(verdict?.metrics);

/** Whether a judgement could not be made, for another reason than the time or a person's answer that are still to come. */
export const isHeld = ({ outcome, metrics }: Verdict): boolean =>
  outcome === "hold" && (metrics.length === 0 || metrics.some((metric) => isUnjudged(metric)));

/** Whether nothing but a person's answer lacks. */
export const isAwaited = (verdict: Verdict): boolean =>
  verdict.outcome === "hold" &&
  !isHeld(verdict) &&
  verdict.metrics.some((each) => each.outcome === "unanswered");

const isUnjudged = ({ outcome }: MetricVerdict): boolean =>
  outcome === "source-failed" || outcome === "no-traffic" || outcome === "unclear";

/** Why nothing could be judged, in one line. */
export const whyHeld = ({ metrics }: Verdict): string =>
  metrics
    .filter(isUnjudged)
    .map(({ app, canary, metric, reason }) => `${app}/${canary} ${metric}: ${reason}`)
    .join("; ") || "nothing could be judged";

/** What failed and where to look, in one line. */
export function reasonOf({ metrics }: Verdict): string {
  const failed = metrics.filter(({ outcome }) => outcome === "fail");
  return failed
    .map(({ app, canary, metric, reason, look }) => `${app}/${canary} ${metric}: ${reason} (${look})`)
    .join("; ");
}
