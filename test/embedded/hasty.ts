import type { Clock } from "../../analysis/clock";
import { systemClock } from "../../analysis/clock";

/** Time that goes so many times as fast. */
export const hasty = (times: number): Clock => ({
  now: () => systemClock.now() * times,
  elapsed: () => systemClock.elapsed() * times,
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / times, signal),
});
