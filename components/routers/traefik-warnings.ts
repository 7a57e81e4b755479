/** What users may not expect of router traefik. */
import { formatWeight } from "../traffic";
import { podless, type Route } from "./router";

/** Percent, more than 0, up to which a canary is warned of. */
const SMALL_WEIGHT = 1;
/** Traefik's default of `providersThrottleDuration`: it loads a configuration once in this time at most. */
const THROTTLE_SECONDS = 2;

export function traefikWarnings(route: Route, { mirrorBodyBytes }: { mirrorBodyBytes: number }): string[] {
  const sentences = [
    ...(route.splitBy === "clients" ? [ADDRESSES] : smallWeights(route)),
    ...stickiness(route),
    ...mirroring(route, mirrorBodyBytes),
    ...waiting(route),
  ];
  const empty = route.foreignTraefik
    ? podless(route, " where your Traefik has allowEmptyServices, as its chart sets it")
    : [];
  return [...empty, ...sentences.map((sentence) => `${route.app}: ${sentence}`)];
}

/** https://github.com/traefik/traefik/blob/v3.7.5/pkg/server/service/loadbalancer/hrw/hrw.go */
const ADDRESSES =
  "split: clients goes by the address of the connection: all users behind a load balancer or a proxy that " +
  "does not keep theirs are one client";

/**
 * Traefik chooses by earliest deadline first, and starts anew with every configuration that it loads:
 * https://github.com/traefik/traefik/blob/v3.7.5/pkg/server/service/loadbalancer/wrr/wrr.go
 */
function smallWeights({ split }: Route): string[] {
  return split.canaries
    .filter(({ weight }) => weight > 0 && weight <= SMALL_WEIGHT)
    .map(({ name, weight }) => {
      const first = Math.round(100 / weight);
      const rate = Math.ceil(first / THROTTLE_SECONDS);
      return (
        `${name} at ${formatWeight(weight)} gets the first of about ${first} requests after every configuration ` +
        "reload of Traefik, whenever any app's routes or endpoints change: while such changes keep coming, " +
        `fewer than ${rate} requests a second at an edge node can leave it none`
      );
    });
}

function stickiness({ sticky, split }: Route): string[] {
  if (sticky === undefined || split.canaries.every(({ weight }) => weight === 0)) return [];
  return [
    `who has the cookie ${sticky.cookie} stays with a variant whatever its weight is, until it is 0: a lower ` +
      "weight above 0 moves new users alone",
  ];
}

function mirroring({ mirror, split }: Route, bodyBytes: number): string[] {
  if (mirror === undefined) return [];
  const weight = split.canaries.find(({ name }) => name === mirror.variant)?.weight ?? 0;
  const held =
    `mirror holds a request with a body back until it is complete or ${bodyBytes} bytes have come: ` +
    "a stream in both directions, as of gRPC, may stand still";
  if (weight === 0) return [held];
  return [
    held,
    `${mirror.variant} at ${formatWeight(weight)} gets copies of what it has answered itself, too`,
  ];
}

function waiting({ shield, backends }: Route): string[] {
  const longest = Math.max(0, ...backends.map(({ timeoutSeconds = 0 }) => timeoutSeconds));
  if (!shield || longest === 0) return [];
  return [`shield: users of a canary that hangs wait ${longest} s for the primary's answer`];
}
