/** What components on AWS, and the settings, take for what nobody says. */

/** Of an app's fleets. */
export const FLEET_DEFAULTS = {
  instanceType: "t3.small",
  port: 8080,
  healthPath: "/",
  internal: false,
  fleetSize: 9,
  canaryMin: 0,
  dnsTtl: 60,
  idleTimeout: 60,
  drainingTimeout: 60,
  healthCheckGracePeriod: 300,
};

/** Of edge nodes. */
export const EDGE_DEFAULTS = {
  loadBalancer: "nlb",
  internal: false,
  instanceType: "t3.medium",
  groups: "zones",
  minSize: 1,
  dnsTtl: 60,
  drainingTimeout: 60,
} as const;

/** Instances that a scaling policy may grow a group to. */
export const mostInstances = (least: number): number => 2 * least;
