/** What `rollout.baseline: fresh` puts beside a canary: as many new pods of the primary's version, with the same share. */
import { BASELINE, TrafficSplit, type Variant } from "../components/traffic";
import { isClusterAlone, platforms } from "./platforms";
import type { Parsed, ParsedApp } from "./schema";

/** The pods that an app's canary is compared with. */
export interface BaselineSettings {
  /** The canary that it stands beside. */
  readonly canary: string;
  readonly replicas: number;
}

/** What tells whether a canary can be compared. */
interface Canary {
  readonly name: string;
  readonly replicas: number;
  /** That of the debug canary. */
  readonly sidecar?: object;
}

/** The canaries that a rollout may be about: neither branches nor one with debugging tools. */
export const comparable = (
  { branches }: Pick<ParsedApp, "branches">,
  canaries: readonly Canary[],
): Canary[] =>
  canaries.filter(({ name, sidecar }) => sidecar === undefined && branches?.images[name] === undefined);

/** The app's baseline, if the stack asks for fresh ones and the app has one canary. */
export function baselineOf(
  { platform, rollout }: Parsed,
  app: Pick<ParsedApp, "branches" | "service">,
  canaries: readonly Canary[],
): BaselineSettings | undefined {
  if (app.service !== undefined) return undefined;
  if (!isClusterAlone(platforms[platform]) || rollout.baseline !== "fresh") return undefined;
  const [canary, ...others] = comparable(app, canaries);
  if (canary === undefined || others.length > 0) return undefined;
  return { canary: canary.name, replicas: canary.replicas };
}

/** The split of canaries' weights. A baseline is its last variant, with the canary's share, or what that leaves. */
export function splitOf(canaries: readonly Variant[], baseline?: BaselineSettings): TrafficSplit {
  const asked = canaries.map(({ name, weight }) => ({ name, weight }));
  const split = new TrafficSplit(asked);
  if (baseline === undefined) return split;
  const share = asked.find(({ name }) => name === baseline.canary)?.weight ?? 0;
  return new TrafficSplit([...asked, { name: BASELINE, weight: Math.min(share, split.primary.weight) }]);
}
