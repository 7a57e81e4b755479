/** Configurations that must be refused, with the line that says so; shared by the tests of the parser and of the CLI. */
import type { Raw } from "../raw";
import { badApps } from "./apps";
import { badAws } from "./aws";
import { badEngines } from "./engines";
import { badExisting } from "./existing";
import { badRollouts } from "./rollout";
import { badRouters } from "./routers";
import { badStacks } from "./stack";
import { badVariants } from "./variants";
import { badWorkloads } from "./workloads";

export type BadSettings = readonly { readonly title: string; readonly raw: Raw; readonly line: RegExp }[];

export const badSettings: BadSettings = [
  ...badStacks,
  ...badApps,
  ...badVariants,
  ...badWorkloads,
  ...badRouters,
  ...badAws,
  ...badExisting,
  ...badRollouts,
  ...badEngines,
];
