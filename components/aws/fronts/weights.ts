import { formatWeight, hundredths, rounded, type TrafficSplit } from "../../traffic";
import type { FrontKind } from "./front";

/** A variant's weight as asked and as its front makes it, in percent. */
export interface NominalWeight {
  readonly asked: number;
  /** Rounded to two decimals. */
  readonly effective: number;
}

/** By variant, what a kind of front makes of a split: percent of requests, or of an NLB's connections. */
export function frontWeights(
  front: Pick<FrontKind, "effective">,
  split: TrafficSplit,
  bounds: Parameters<FrontKind["effective"]>[1],
): Record<string, NominalWeight> {
  const effective = front.effective(split, bounds);
  return Object.fromEntries(
    split.variants.map(({ name, weight }, i) => [
      name,
      { asked: weight, effective: rounded(effective[i] ?? 0) },
    ]),
  );
}

/** A warning if a variant's effective weight is more than a point off what was asked for it. */
export function frontWarning(app: string, weights: Record<string, NominalWeight>): string | undefined {
  const off = Object.entries(weights).filter(
    ([, { asked, effective }]) => hundredths(Math.abs(effective - asked)) > 100,
  );
  if (off.length === 0) return undefined;
  const parts = off.map(
    ([variant, { asked, effective }]) =>
      `${variant} gets ${formatWeight(effective)} of the requests where ${formatWeight(asked)} was asked`,
  );
  return `${app}: ${parts.join(", ")}; a larger aws.fleetSize comes closer`;
}
