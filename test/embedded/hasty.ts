import { systemClock } from "../../rollout/clock";
import type { Clock } from "../../rollout/ports";

/** Time that goes so many times as fast. */
export const hasty = (times: number): Clock => ({
  now: () => systemClock.now() * times,
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / times, signal),
});
