/** Hours of the week in which a rollout may take steps. */
import { type Hours, weekdays } from "../../stacks/schema/rollout";

const MINUTE = 60_000;
/** Two weeks: hours that clock changes skip once are there again a week later. */
const MOST_MINUTES = 14 * 24 * 60;

/**
 * When the hours begin, in milliseconds since the epoch: `now` while they last.
 *
 * Goes minute by minute, as a day with a clock change in it has another length.
 */
export function opening(hours: Hours, now: number): number {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: hours.timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  if (isOpen(hours, clock, now)) return now;
  const minute = Math.floor(now / MINUTE) * MINUTE;
  for (let i = 1; i <= MOST_MINUTES; i++) {
    if (isOpen(hours, clock, minute + i * MINUTE)) return minute + i * MINUTE;
  }
  throw new RangeError(`rollout.window from ${hours.from} to ${hours.to} never comes`);
}

function isOpen({ days, from, to }: Hours, clock: Intl.DateTimeFormat, at: number): boolean {
  const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
  const today = (weekdays as readonly string[]).indexOf(part.weekday?.toLowerCase() ?? "");
  const yesterday = weekdays[(today + 6) % 7] as (typeof weekdays)[number];
  const time = `${part.hour}:${part.minute}`;
  const begins = days.includes(weekdays[today] as (typeof weekdays)[number]);
  if (from < to) return begins && from <= time && time < to;
  return (begins && from <= time) || (days.includes(yesterday) && time < to);
}
