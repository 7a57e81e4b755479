/** What is known of a data plane before anything is measured. */
import type { RouterName } from "../../../components/routers";
import type { Lab } from "../../../lab/client";
import type { Part } from "../../../lab/parts";
import type { App, From } from "../app";
import type { Tier } from "../tier";

/** Ways in which a canary is not there, or does not answer. */
export const absences = ["missing", "portless", "empty", "refusing", "hanging"] as const;
export type Absence = (typeof absences)[number];

/** What users of a canary's share get: the primary's answer, or a status; `nothing` until they give up. */
export type Outcome = "primary" | "nothing" | `${number}`;

/** A data plane that is up, with the addresses that requests go to. */
export interface RunningPlane extends From {
  /** Resolves once it routes by what the API server has. */
  settled(app: App): Promise<void>;
  /** Resolves once the next weight may come; default `settled`. */
  taken?(app: App): Promise<void>;
  /** Ends what was started for it. */
  stop(): Promise<void>;
}

/** A program that routes requests, by one router. */
export interface DataPlane {
  /** Such as `Envoy, by Contour`. */
  readonly title: string;
  readonly router: RouterName;
  /** Settings of an app beside the router. */
  readonly settings: readonly string[];
  /** The tier that its tests begin with. */
  readonly tier: Tier;
  /** Parts beside those of every lab. */
  readonly parts: readonly Part[];
  /** What this machine lacks beside the parts, in one line; undefined when nothing. */
  readonly lacking?: string | undefined;
  /** How far the canary's count may be from its share. */
  spread(requests: number, weight: number): number;
  /** What is promised to the canary's users. */
  readonly promised: Readonly<Record<Absence, Outcome>>;
  start(lab: Lab): Promise<RunningPlane>;
}

/** A draw for each request: four deviations are seldom passed. */
export const drawn = (requests: number, weight: number): number =>
  4 * Math.sqrt(requests * (weight / 100) * (1 - weight / 100));
