/** A rollout as lines of text, for logs and for terminals that nobody looks at. */
import type { MetricVerdict, Verdict } from "../../analysis/verdict";
import { visible } from "../../base/escape";
import type { RolloutEvent } from "../journal/events";
import { shownWeights } from "../machine/move";
import type { View } from "./view";
import { evidenceText, forecastText } from "./words";

/** @param write gets each line, without its end */
export const plainView = (write: (line: string) => void): View => ({
  hear(event) {
    for (const line of eventLines(event)) write(line);
  },
  note: write,
  close() {},
});

/** What happened and when, a line each; what needs no line has none. */
export function eventLines(event: RolloutEvent): string[] {
  const time = new Date(event.time).toISOString().slice(11, 19);
  return linesOf(event).map((line) => `${time} ${visible(line)}`);
}

function linesOf(event: RolloutEvent): string[] {
  switch (event.type) {
    case "begun":
      return [
        `from ${shownWeights(event.from)} by ${stepsOf(event.plan.steps)}`,
        ...event.plan.steps.flatMap(({ weight, forecast }, i) =>
          forecast ? [`step ${i + 1} (${weight} %): ${forecastText(forecast)}`] : [],
        ),
      ];
    case "resumed":
      return [`resumed at ${shownWeights(event.applied)}`];
    case "approval-awaited":
      return [`step ${event.step + 1} waits for canary approve`];
    case "approved":
      return [`step ${event.step + 1} approved by ${event.by}`];
    case "paused":
      return [`paused by ${event.by} before step ${event.step + 1}`];
    case "unpaused":
      return ["goes on"];
    case "window-awaited":
      return [`step ${event.step + 1} waits until ${new Date(event.until).toISOString()}`];
    case "shifting":
      return [`shifting to ${shownWeights(event.weights)}`];
    case "shifted":
      return [`applied ${shownWeights(event.weights)}`];
    case "step-failed":
      return [`step ${event.step + 1} could not be taken, attempt ${event.attempt}: ${event.reason}`];
    case "observed":
      return [`observed ${shownWeights(event.weights)}`];
    case "following":
      return [`waiting for users to follow: ${event.why}`];
    case "followed":
      return [event.said];
    case "judged":
      return verdictLines(event.verdict);
    case "rolling-back":
      return [`rolling back to ${shownWeights(event.weights)}: ${event.reason}`];
    case "rollback-failed":
      return [`rollback failed, attempt ${event.attempt}: ${event.reason}`];
    case "rolled-back":
      return [`rolled back to ${shownWeights(event.weights)}`];
    case "ended":
      return [];
  }
}

const stepsOf = (steps: readonly { readonly weight: number }[]): string =>
  steps.map(({ weight }) => `${weight} %`).join(", ");

/** What passes is one line; the rest says why, and where to look. */
function verdictLines({ outcome, metrics }: Verdict): string[] {
  const notable = metrics.filter((metric) => metric.outcome !== "pass");
  const [first] = metrics;
  if (notable.length === 0) return [first === undefined ? "nothing to judge by" : `pass: ${first.reason}`];
  return [outcome, ...notable.map(metricLine)];
}

const metricLine = ({ app, canary, metric, reason, evidence, look }: MetricVerdict): string =>
  `  ${app}/${canary} ${metric}: ${reason}${evidence ? `; ${evidenceText(evidence)}` : ""} (${look})`;
