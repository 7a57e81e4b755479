/** Quantiles of counts beyond bounds. */
import { errorFunction, probit } from "simple-statistics";

/**
 * The quantile that counts beyond bounds come to: between two bounds, and beyond the first and the last, the logarithm of the
 * latency is taken to be normal, as it nearly is.
 *
 * @param bounds ascending, above 0
 * @param beyond requests beyond each bound
 * @param part such as 0.9
 * @returns undefined if there are no requests or no bounds; if all requests are on one side of all bounds, the nearest bound
 */
export function quantileOf(
  bounds: readonly number[],
  beyond: readonly number[],
  requests: number,
  part: number,
): number | undefined {
  const wanted = probit(part);
  // Half a request keeps what was never seen from being impossible.
  const points = bounds.flatMap((bound, i) => {
    const share = ((beyond[i] ?? 0) + 0.5) / (requests + 1);
    return bound > 0 && Number.isFinite(bound) ? [{ log: Math.log(bound), z: probit(1 - share) }] : [];
  });
  const rising = points.filter(({ z }, i) => i === 0 || z > (points[i - 1]?.z ?? 0) + 1e-9);
  const [first] = rising;
  if (requests === 0 || first === undefined) return undefined;
  if (rising.length < 2) return first.z >= wanted ? bounds[0] : bounds.at(-1);
  const above = rising.findIndex(({ z }) => z >= wanted);
  const i = above < 0 ? rising.length - 1 : Math.max(1, above);
  const [a, b] = [rising[i - 1], rising[i]] as [(typeof points)[0], (typeof points)[0]];
  return Math.exp(a.log + ((wanted - a.z) / (b.z - a.z)) * (b.log - a.log));
}

/** Probability that a normal value is beyond this one. */
export const aboveInNormal = (z: number): number => (1 - errorFunction(z / Math.SQRT2)) / 2;
