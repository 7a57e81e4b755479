/** From what AWS has to the settings by which the program takes it over. */
import type { StackConfiguration } from "../offline/configuration";
import { isReplacing } from "../offline/diff";
import { ConfigurationError } from "../offline/errors";
import { evaluate, ProgramError } from "../offline/program";
import { shownValue, sidesAt } from "../offline/shown";
import type { ResourceState } from "../offline/state";
import type { Step } from "../offline/step";
import type { Value } from "../offline/values";
import type { TheirAccount } from "./account";
import { findFleets, TYPES } from "./fleets";
import { Findings, type FoundResource, labelOf, type WantedApp } from "./found";
import { findRules } from "./rules";
import { type Changes, merged, nested } from "./settings";

export interface Adoption {
  readonly found: readonly FoundResource[];
  /** By full configuration key, the settings that change; `adopt` among them. */
  readonly settings: Changes;
  /** What no setting can express, one sentence each. */
  readonly notes: readonly string[];
  /** What the first update would change in what was found, and what it would make anew. */
  readonly differences: readonly string[];
}

/**
 * Finds what a stack's apps run on.
 *
 * @param configuration needs the apps with their hosts, and `aws.zoneId`; all else is found
 */
export async function adopt(
  folder: string,
  configuration: StackConfiguration,
  account: TheirAccount,
): Promise<Adoption> {
  const findings = new Findings();
  const { apps, zoneId } = wanted(configuration);
  for (const app of apps) await findFleets(app, zoneId, account, findings);
  if (findings.resources.length === 0) return { ...outcome(findings, configuration), differences: [] };

  try {
    const differences = await compare(folder, configuration, account, findings);
    return { ...outcome(findings, configuration), differences };
  } catch (error) {
    if (!(error instanceof ProgramError && error.expected)) throw error;
    const missing = error.message.split("\n").map((line) => `settings are not whole yet: ${line}`);
    findings.notes.push(...missing, "so rules, and what the first update would change, were not looked for");
    return { ...outcome(findings, configuration), differences: [] };
  }
}

/** Finds the rules that the program declares, and what it declares otherwise than AWS has it. */
async function compare(
  folder: string,
  configuration: StackConfiguration,
  account: TheirAccount,
  findings: Findings,
): Promise<string[]> {
  const { states } = await evaluate(folder, withFindings(configuration, findings));
  const groups = findings.resources.filter(({ type }) => type === TYPES.securityGroup);
  if (groups.length > 0) findRules(states, await account.rules(groups.map(({ id }) => id)), findings);

  const adopting = withFindings(configuration, findings);
  const declared = (await evaluate(folder, adopting)).states;
  const olds = findings.resources.flatMap((resource) => asOld(resource, declared));
  const { steps } = await evaluate(folder, adopting, olds);
  return steps.filter(({ urn }) => urn.includes("canary-traffic:aws:CanaryFleet$")).flatMap(differencesOf);
}

/** Inputs that say how Pulumi goes about an update: AWS has none of them. */
const PULUMIS_OWN = /^(instanceRefresh|waitFor\w+)\b/;

/** What a step would change in AWS. */
function differencesOf(step: Step): string[] {
  const label = labelOf(step);
  if (step.op === "same") return [];
  if (step.op === "create") return [`${label}: is not there, or was not found: would be made anew`];
  const changes = Object.entries(step.detailedDiff).filter(([path]) => !PULUMIS_OWN.test(path));
  return changes.map(([path, change]) => {
    const { before, after } = sidesAt(step, path);
    const shown = (value: Value | undefined): string => (value === undefined ? "nothing" : shownValue(value));
    const values = /^userData\b/.test(path) ? "[not shown]" : `${shown(before)} => ${shown(after)}`;
    return `${label}: ${path} ${values}${isReplacing(change) ? "; no update can change it, so it is refused" : ""}`;
  });
}

function outcome({ resources, settings, notes }: Findings, { project }: StackConfiguration) {
  const adopt = resources.map((resource): [string, Value] => [labelOf(resource), resource.id]);
  const changes = { ...nested(settings), ...(adopt.length > 0 && { adopt: Object.fromEntries(adopt) }) };
  return {
    found: resources,
    notes,
    settings: Object.fromEntries(Object.entries(changes).map(([key, value]) => [`${project}:${key}`, value])),
  };
}

/** The configuration with what was found. */
function withFindings(configuration: StackConfiguration, findings: Findings): StackConfiguration {
  const { settings } = outcome(findings, configuration);
  const changed = Object.entries(settings).map(([key, change]) => {
    const before = configuration.values[key];
    return [key, JSON.stringify(merged(before === undefined ? {} : JSON.parse(before), change))];
  });
  return { ...configuration, values: { ...configuration.values, ...Object.fromEntries(changed) } };
}

/** The resource as Pulumi would keep it once it is imported. */
function asOld(found: FoundResource, declared: readonly ResourceState[]): ResourceState[] {
  const { id, live, outputs = {} } = found;
  return declared
    .filter(({ type, name }) => type === found.type && name === found.name)
    .map((state) => ({
      ...{ ...state, id, importId: id, inputs: live },
      outputs: { ...state.outputs, ...live, id, ...outputs },
    }));
}

/** What the settings say of where to look. */
function wanted({ project, stack, values }: StackConfiguration): { apps: WantedApp[]; zoneId: string } {
  const read = (key: string): Record<string, unknown> => JSON.parse(values[`${project}:${key}`] ?? "{}");
  const platform = values[`${project}:platform`];
  if (platform !== "elb" && platform !== "migration")
    throw new ConfigurationError(
      `stack ${stack}: platform is ${platform}; allowed: elb or migration, with --from-aws`,
    );
  const { zoneId, loadBalancer = "classic" } = read("aws");
  if (typeof zoneId !== "string")
    throw new ConfigurationError(
      `stack ${stack}: aws.zoneId is missing; allowed: the hosted zone of the apps' hosts`,
    );
  if (loadBalancer !== "classic")
    throw new ConfigurationError(
      `stack ${stack}: aws.loadBalancer is ${loadBalancer}; allowed: classic, with --from-aws; others by hand`,
    );
  const apps = Object.entries(read("apps")).map(([name, raw]): WantedApp => {
    const { host, canaryHost, canaries } = raw as {
      host?: string;
      canaryHost?: string;
      canaries?: Record<string, { host?: string }>;
    };
    if (typeof host !== "string")
      throw new ConfigurationError(`stack ${stack}: apps.${name}.host is missing; allowed: a host name`);
    const named = Object.entries(canaries ?? {}).map(([name, { host }]) => ({ name, host }));
    return { name, host, canaries: named.length > 0 ? named : [{ name: "canary", host: canaryHost }] };
  });
  if (apps.length === 0)
    throw new ConfigurationError(
      `stack ${stack}: apps is missing; allowed: the apps by name, each with its host`,
    );
  return { apps, zoneId };
}
