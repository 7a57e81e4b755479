import { nameOf } from "../../offline/state";
import type { Departure } from "../graph";
import type { LiveRule } from "../rule";

/** What can't be told counts as not drained. */
export const drained: LiveRule = {
  needs: "departures",
  severity: "mandatory",
  description: "A load balancer goes once no DNS answer names it and it had no request for `drainTtls` TTLs",
  check: (departures) =>
    departures.flatMap((departure) =>
      objections(departure).map((objection) => ({
        urn: departure.urn,
        message: `LoadBalancer ${nameOf(departure.urn)} goes and ${objection}`,
      })),
    ),
};

function objections({ seconds, ttl, answers, settled, requests }: Departure): string[] {
  const wait = `${inWords(seconds)}, ${Math.round(seconds / ttl)} times a TTL of ${ttl} s`;
  const named = answers.map(
    ({ host, weight }) =>
      `is named by DNS answers for ${host}, by a record of weight ${weight}; allowed: weight 0`,
  );
  if (settled === undefined)
    named.push(
      "when an update last changed its side's records the state does not tell; export it anew, by pulumi stack export",
    );
  else if (settled < seconds)
    named.push(`an update changed its side's records ${inWords(settled)} ago; wait until it is ${wait}`);
  if (requests === undefined)
    named.push("AWS has none of that name in this region, so requests can't be counted");
  else if (requests > 0)
    named.push(
      `had ${requests} requests or connections within ${inWords(seconds)}; wait until it had none for ${wait}`,
    );
  return named;
}

/** Seconds as people say them, in whole minutes, hours or days if they are many. */
export function inWords(seconds: number): string {
  const [count, unit] =
    seconds < 120
      ? [seconds, "s"]
      : seconds < 7200
        ? [seconds / 60, "min"]
        : seconds < 172_800
          ? [seconds / 3600, "h"]
          : [seconds / 86_400, "days"];
  return `${Math.floor(count)} ${unit}`;
}
