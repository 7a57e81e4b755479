/** Which events are worth a notice, and what it says. */
import type { Notice } from "../../../components/notices";
import type { Ending, RolloutEvent } from "../../journal/events";
import { shownWeights } from "../../machine/move";

/** What to say of an event; undefined if it is not worth a notice, as each judgement that passes. */
export function noticeOf(event: RolloutEvent, stack: string): Notice | undefined {
  switch (event.type) {
    case "begun": {
      const steps = event.plan.steps.map(({ weight }) => `${weight} %`).join(", ");
      const headline = `rollout begins at ${shownWeights(event.from)}`;
      return { occasion: "start", mood: "neutral", headline, detail: `steps: ${steps}` };
    }
    case "resumed": {
      const headline = `rollout resumes at ${shownWeights(event.applied)}`;
      return { occasion: "start", mood: "neutral", headline };
    }
    case "observed":
      return {
        occasion: "step",
        mood: "neutral",
        headline: `step ${event.step + 1}: ${shownWeights(event.weights)}`,
      };
    case "approval-awaited": {
      const headline = `step ${event.step + 1} waits for approval`;
      return { occasion: "verdict", mood: "waiting", headline, detail: `canary approve -s ${stack}` };
    }
    case "paused": {
      const headline = `paused by ${event.by} before step ${event.step + 1}`;
      return { occasion: "verdict", mood: "waiting", headline, detail: `canary resume -s ${stack}` };
    }
    case "rolling-back": {
      const headline = `rolling back to ${shownWeights(event.weights)}`;
      return { occasion: "verdict", mood: "bad", headline, detail: event.reason };
    }
    case "rollback-failed":
      // The later attempts are told by how they end.
      if (event.attempt > 1) return undefined;
      return {
        occasion: "verdict",
        mood: "bad",
        headline: "NOT rolled back yet, tried again",
        detail: event.reason,
      };
    case "step-failed":
      if (event.attempt > 1) return undefined;
      return {
        ...{
          occasion: "verdict",
          mood: "waiting",
          headline: `step ${event.step + 1} could not be taken, tried again`,
        },
        detail: event.reason,
      };
    case "ended": {
      // Why it goes back was told when that began.
      const detail = event.outcome === "rolled-back" ? {} : { detail: event.reason };
      return { occasion: "verdict", ...ENDINGS[event.outcome], ...detail };
    }
    default:
      return undefined;
  }
}

const ENDINGS: Record<Ending, Pick<Notice, "mood" | "headline">> = {
  done: { mood: "good", headline: "rollout done" },
  "rolled-back": { mood: "bad", headline: "rolled back: users have the primary again" },
  stopped: { mood: "bad", headline: "rollout stopped" },
};
