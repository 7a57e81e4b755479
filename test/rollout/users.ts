/** Users of both sides of a migration, counted as Prometheus and CloudWatch count them. */
import type { MetricSource } from "../../analysis/source";
import type { AnalysisWorld } from "../../analysis/world";
import { parseSettings } from "../../stacks/settings";
import { onBoth } from "../stacks/raw";
import { FakeClock } from "./machine/world";

export const KEY = "myapp/Kubernetes";
export const TARGET = { app: "myapp", canary: "Kubernetes" };
const MINUTE = 60_000;
export const TTL = 60;
export const sources = { prometheus: { url: "http://prometheus" }, cloudwatch: { region: "eu-west-1" } };

/** A part of an app's users on Kubernetes, seconds after the records changed. */
export type Users = (seconds: number) => number;

/** All who heed TTLs, evenly spread over one; `stuck` never ask again. */
export const moving =
  (from: number, to: number, stuck = 0): Users =>
  (seconds) =>
    from + (to - from) * (1 - stuck) * Math.min(1, seconds / TTL);

/** @param rate requests a second */
export function counted(users: Users, rate = 40, aws?: MetricSource) {
  const settings = parseSettings(onBoth({ aws: { dnsTtl: TTL }, rollout: { sources } }));
  const clock = new FakeClock();
  /** As scrapes every 15 s, or CloudWatch's minutes that are told late. */
  const source = (length: number, late: number, part: (seconds: number) => number): MetricSource => ({
    read: async (_metric, window) => {
      const until = Math.floor((window.to - late) / length) * length;
      const first = Math.ceil(window.from / length) + 1;
      const intervals = Array.from({ length: Math.max(0, until / length - first + 1) }, (_, i) => {
        const time = (first + i) * length;
        const requests = Math.round((part((time - length / 2) / 1000) * rate * length) / 1000);
        return { time, requests, bad: [0] };
      }).filter(({ requests }) => requests > 0);
      return { samples: [], look: "", counts: { intervals, length, until } };
    },
  });
  const world: AnalysisWorld = {
    sources: {
      prometheus: source(15_000, 1000, users),
      cloudwatch: aws ?? source(MINUTE, 3 * MINUTE, (seconds) => 1 - users(seconds)),
    },
    clock,
    place: () => ({ namespace: "myapp", service: "myapp" }),
    baselineOf: () => "AWS",
    partsOf: () => ["primary"],
  };
  return { settings, clock, world };
}
