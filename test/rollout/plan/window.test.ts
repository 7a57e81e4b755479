import assert from "node:assert/strict";
import { opening } from "../../../rollout/plan/window";
import type { Hours } from "../../../stacks/schema/rollout";

const office: Hours = {
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "09:00",
  to: "17:00",
  timezone: "UTC",
};
const at = (text: string): number => Date.parse(text);

function opens(hours: Hours, now: string, expected: string): void {
  assert.equal(new Date(opening(hours, at(now))).toISOString(), new Date(expected).toISOString());
}

describe("the hours of a rollout", () => {
  it("are now while they last, to the millisecond", () => {
    opens(office, "2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z");
    opens(office, "2026-11-20T16:59:59.999Z", "2026-11-20T16:59:59.999Z");
  });

  it("begin on the next of their days", () => {
    opens(office, "2026-11-20T08:59:59.999Z", "2026-11-20T09:00:00Z");
    // A Friday.
    opens(office, "2026-11-20T17:00:00Z", "2026-11-23T09:00:00Z");
  });

  it("may last over midnight, and belong to the day on which they begin", () => {
    const night: Hours = { days: ["fri"], from: "22:00", to: "04:00", timezone: "UTC" };
    opens(night, "2026-11-21T03:59:00Z", "2026-11-21T03:59:00Z");
    opens(night, "2026-11-21T04:00:00Z", "2026-11-27T22:00:00Z");
    opens(night, "2026-11-20T03:00:00Z", "2026-11-20T22:00:00Z");
  });

  it("are those of the time zone, on both sides of a clock change", () => {
    const berlin: Hours = { ...office, days: ["sat", "mon"], timezone: "Europe/Berlin" };
    opens(berlin, "2026-10-24T05:00:00Z", "2026-10-24T07:00:00Z");
    opens(berlin, "2026-10-24T16:00:00Z", "2026-10-26T08:00:00Z");
  });

  it("that a clock change skips begin a week later", () => {
    const skipped: Hours = { days: ["sun"], from: "02:10", to: "02:50", timezone: "Europe/Berlin" };
    opens(skipped, "2027-03-28T00:00:00Z", "2027-04-04T00:10:00Z");
  });
});
