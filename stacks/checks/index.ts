/** What the schema can't see: settings that contradict one another. */
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { elbProblems } from "./elb";
import { kubernetesProblems } from "./kubernetes";
import { variantProblems } from "./variants";

export { clashes } from "./clashes";

/** Problems of single settings beside others. */
export function contradictions(parsed: Parsed): Problem[] {
  return [
    ...variantProblems(parsed),
    ...(parsed.platform === "elb" ? elbProblems(parsed) : kubernetesProblems(parsed)),
  ];
}
