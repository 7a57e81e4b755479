/** How load balancers tell whether an instance can serve, beside the path. */

/** What a fleet says of it; the rest is as it is without it. */
export interface FleetHealthCheck {
  /** Port that is asked, 1 to 65535; default the app's port. */
  readonly port?: number | undefined;
  /** HTTP codes of a healthy answer, such as `200-299` or `200,204`; default 200. A classic load balancer takes 200 alone. */
  readonly matcher?: string | undefined;
  /** Seconds between two checks, 5 to 300; default 10. */
  readonly interval?: number | undefined;
  /** Seconds that an answer may take, 2 to 60 and less than `interval`; default 5. */
  readonly timeout?: number | undefined;
  /** Good checks in a row after which an instance is in service, 2 to 10; default 2. */
  readonly healthyThreshold?: number | undefined;
  /** Bad checks in a row after which it is out of service, 2 to 10; default 2. */
  readonly unhealthyThreshold?: number | undefined;
}

/** An instance is in service after two good checks, that is 20 s after it can serve, and out of service after two bad ones. */
export const HEALTH_CHECK = {
  matcher: "200",
  interval: 10,
  timeout: 5,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
} as const;

/** How often and by how many answers, as all kinds of load balancers take it. */
export function checkTimes(check: FleetHealthCheck = {}) {
  const {
    interval = HEALTH_CHECK.interval,
    timeout = HEALTH_CHECK.timeout,
    healthyThreshold = HEALTH_CHECK.healthyThreshold,
    unhealthyThreshold = HEALTH_CHECK.unhealthyThreshold,
  } = check;
  return { interval, timeout, healthyThreshold, unhealthyThreshold };
}
