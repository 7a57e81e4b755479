/** Counts whether users have followed DNS: answers that resolvers keep come to an end one by one. */
import type { Clock } from "../analysis/clock";
import { paired, sumOf } from "../analysis/counts";
import { isMove, type MetricPlan, type Target, targetKey } from "../analysis/plan";
import { comparedWith, readOnce } from "../analysis/reading";
import { aligned } from "../analysis/together";
import type { AnalysisWorld } from "../analysis/world";
import { messageOf } from "../base/user-error";
import { formatWeight, rounded } from "../components/traffic";
import type { Settings } from "../stacks/settings";
import { answersKept, countedOnBoth, isInMigration } from "./kinds/move";
import type { Change, Follow, Followed } from "./machine/ports";

/** TTLs after which it is said that users have not followed: with all that keep to them one is enough. */
export const FOLLOW_TTLS = 5;
/** Seconds that counts may come late: CloudWatch's by some minutes. */
const LATE_SECONDS = 300;
/** TTLs that are waited for if nobody counts. */
const UNCOUNTED_TTLS = 2;
/** Part of a change that users have followed when the bake begins. */
const FOLLOWED = 0.8;
/** Requests of those who are to come, or to leave, by which their share is told. */
const TOLD_BY = 30;
/** Between two looks, in milliseconds. */
const [LEAST_PAUSE_MS, MOST_PAUSE_MS] = [1000, 15_000];

/** What was counted of one app. */
interface Seen {
  readonly isThere: boolean;
  readonly said: string;
  /** Milliseconds since the epoch until when both sides have counted. */
  readonly until: number;
  readonly due?: number;
}

/** @returns undefined for targets that users come to at once */
export function followOf(
  settings: Settings,
  targets: readonly Target[],
  world: AnalysisWorld,
): Follow | undefined {
  if (!targets.some(isMove) || !isInMigration(settings)) return undefined;
  const ttl = answersKept(settings);
  const why = `DNS answers are kept for ${ttl} s, the TTL`;
  const counted = countedOnBoth(settings, REQUESTS.query);
  if (counted === undefined)
    return {
      why: `${why}, and nothing counts requests on both sides`,
      seconds: UNCOUNTED_TTLS * ttl,
      async until(_change, signal) {
        await world.clock.sleep(UNCOUNTED_TTLS * ttl * 1000, signal);
        return {
          isThere: false,
          said: `waited ${UNCOUNTED_TTLS} TTLs of ${ttl} s: nothing counts whether users have followed, as rollout.sources.prometheus and rollout.sources.cloudwatch together would`,
        };
      },
    };
  const metric: MetricPlan = { ...REQUESTS, ...counted };
  const seconds = FOLLOW_TTLS * ttl + LATE_SECONDS;
  return {
    why,
    seconds,
    until: (change, signal) => wait({ targets, metric, world, ttl, seconds, change, signal }),
  };
}

/** Whether something counts the users of both sides. */
export const isCounted = (settings: Settings): boolean =>
  countedOnBoth(settings, REQUESTS.query) !== undefined;

/** Every source that counts answers has it, with all of them. */
const REQUESTS = { name: "requests", query: "success-rate", better: "higher", unit: "%" } as const;

interface Waiting {
  readonly targets: readonly Target[];
  readonly metric: MetricPlan;
  readonly world: AnalysisWorld;
  readonly ttl: number;
  readonly seconds: number;
  readonly change: Change;
  readonly signal: AbortSignal;
}

async function wait(waiting: Waiting): Promise<Followed> {
  const { targets, world, ttl, seconds, change, signal } = waiting;
  const { clock } = world;
  const begin = clock.elapsed();
  for (;;) {
    const seen = await Promise.all(targets.map((target) => look(target, waiting)));
    const told = Math.min(...seen.map(({ until }) => until));
    const isThere = seen.every((each) => each.isThere);
    const isOver = told - change.since >= FOLLOW_TTLS * ttl * 1000;
    if (isThere || isOver || clock.elapsed() - begin >= seconds * 1000) {
      const ttls = Math.max(1, Math[isThere ? "ceil" : "floor"]((told - change.since) / 1000 / ttl));
      const after = `after ${ttls} ${ttls === 1 ? "TTL" : "TTLs"} of ${ttl} s`;
      const apps = seen.map(({ said }) => said).join("; ");
      return { isThere, said: `users have ${isThere ? "" : "not "}followed ${after}: ${apps}` };
    }
    await clock.sleep(pause(seen, clock), signal);
  }
}

function pause(seen: readonly Seen[], clock: Clock): number {
  const due = Math.min(...seen.map(({ due = Number.POSITIVE_INFINITY }) => due));
  return Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, due - clock.now()));
}

/** What both sides count of an app by now. A source that fails is asked again at the next look. */
async function look(target: Target, { metric, world, change, signal }: Waiting): Promise<Seen> {
  const { app } = target;
  try {
    const span = { from: change.since, to: world.clock.now() };
    const asked = { metric, target, world, signal };
    const [kubernetes, aws] = await Promise.all(
      [target.canary, comparedWith(target, world)].map((side) => readOnce(asked, side, span)),
    );
    const due = kubernetes?.due;
    const [ours, theirs] = aligned(
      kubernetes?.counts ?? { intervals: [] },
      aws?.counts ?? { intervals: [] },
      change.since,
    );
    const pairs = paired(ours.intervals, theirs.intervals);
    const key = targetKey(target);
    const [from, to] = [change.from[key] ?? 0, change.to[key] ?? 0];
    // As many of the last intervals as tell the share.
    const enough = (100 * TOLD_BY) / Math.abs(to - from);
    let [here, all] = [0, 0];
    for (const { canary, baseline } of [...pairs].reverse()) {
      here += sumOf([canary]).requests;
      all += sumOf([canary, baseline]).requests;
      if (all >= enough) break;
    }
    const until = ours.until ?? change.since;
    if (all === 0) return { isThere: false, said: `${app} had no requests`, until, ...(due && { due }) };
    const share = (100 * here) / all;
    const isThere = to === 0 ? here === 0 : (share - from) / (to - from) >= FOLLOWED;
    const requests = Math.round(all).toLocaleString("en-US");
    const said = `${app} has ${formatWeight(rounded(share))} of its last ${requests} requests on Kubernetes`;
    return { isThere, said, until, ...(due && { due }) };
  } catch (error) {
    signal.throwIfAborted();
    return { isThere: false, said: `${app} can't be counted: ${messageOf(error)}`, until: change.since };
  }
}
