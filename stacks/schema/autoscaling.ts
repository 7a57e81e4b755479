import * as z from "zod";
import { flag, integer } from "../../components/fields";

/** How the cluster chooses the number of pods: `apps.<name>.autoscaling`. */
export const autoscaling = z.strictObject({
  /** Pods of the primary at least, in place of `replicas`. */
  min: integer(1, 5000),
  /** Pods of the primary at most. */
  max: integer(1, 5000),
  /** Percent of the requested cpu that pods are to use on average; default 70. */
  cpuPercent: integer(1, 1000, "percent").default(70),
  /** Whether canaries scale too, from 1 to their own number of pods; not with `minReadyCapacity`; default false. */
  canaries: flag.default(false),
});
