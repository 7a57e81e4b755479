import { checkTimes, type FleetHealthCheck } from "../../components/aws/health-check";
import type { Problem } from "../problems";

/** Seconds for which an update waits until all instances are in service: the provider's `waitForCapacityTimeout`. */
const UPDATE_WAITS = 600;

/**
 * What of a health check does not go together.
 *
 * @param keyOf where a key of the check stands
 */
export function healthProblems(
  keyOf: (key: keyof FleetHealthCheck) => string,
  check: FleetHealthCheck | undefined,
): Problem[] {
  if (check === undefined) return [];
  const { interval, timeout, healthyThreshold } = checkTimes(check);
  const problems: Problem[] = [];
  if (timeout >= interval) {
    const allowed = `less than ${keyOf("interval")}, which is ${interval}`;
    problems.push({ key: keyOf("timeout"), value: timeout, allowed });
  }
  if (interval * healthyThreshold >= UPDATE_WAITS) {
    const allowed = `less than ${UPDATE_WAITS / healthyThreshold}: an update fails ${UPDATE_WAITS} s after its beginning, and an instance needs ${healthyThreshold} good checks`;
    problems.push({ key: keyOf("interval"), value: interval, allowed });
  }
  const descending = check.matcher?.split(",").find((part) => {
    const [first = "", last = first] = part.split("-");
    return first > last;
  });
  if (descending !== undefined)
    problems.push({
      key: keyOf("matcher"),
      value: check.matcher,
      allowed: `ranges that go up, not ${descending}`,
    });
  return problems;
}
