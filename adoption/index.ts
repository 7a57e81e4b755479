/** From what AWS or a cluster has to the settings by which the program takes it over. */
import { awsTypes, fleetTypes } from "../components/aws/types";
import type { StackConfiguration } from "../offline/configuration";
import { isReplacing } from "../offline/diff";
import { ProgramError } from "../offline/errors";
import { evaluate } from "../offline/program";
import { shownStep } from "../offline/secrets";
import { shownValue, sidesAt } from "../offline/shown";
import type { ResourceState } from "../offline/state";
import type { Step } from "../offline/step";
import type { Value } from "../offline/values";
import type { ListedCluster } from "../status/kubernetes";
import type { TheirAccount } from "./account";
import { findFleets } from "./fleets";
import { Findings, type FoundResource, foundLabel } from "./found";
import { findIngress, type KeepManifest } from "./ingresses";
import { followsOf } from "./losses";
import { takeObjects } from "./objects";
import { findRules } from "./rules";
import { merged, nested, type SettingsChanges } from "./settings";
import { wantedInAws, wantedInCluster } from "./wanted";

export interface Adopted {
  readonly found: readonly FoundResource[];
  /** By full configuration key, the settings that change; `adopt` among them. */
  readonly settings: SettingsChanges;
  /** What no setting can express, one sentence each. */
  readonly notes: readonly string[];
  /** Command lines to run first, after which more can be taken over. */
  readonly commands: readonly string[];
  /** What the first update would change in what was found, and what it would make anew. */
  readonly differences: readonly string[];
}

/**
 * Finds what a stack's apps run on in AWS.
 *
 * @param configuration needs the apps with their hosts, and `aws.zoneId`; all else is found
 */
export async function adoptFromAws(
  folder: string,
  configuration: StackConfiguration,
  account: TheirAccount,
): Promise<Adopted> {
  const findings = new Findings();
  const { apps, ...place } = wantedInAws(configuration);
  for (const app of apps) {
    findings.app = app.name;
    await findFleets(app, place, account, findings);
  }
  findings.complete();
  return adoption(folder, configuration, findings, `${fleetTypes.made}$`, async (declared) => {
    const groups = findings.resources.filter(({ type }) => type === awsTypes.securityGroup);
    if (groups.length > 0) findRules(declared, await account.rules(groups.map(({ id }) => id)), findings);
  });
}

/**
 * Finds what a stack's apps run on in a cluster.
 *
 * @param configuration needs the apps with their hosts; all else is found
 * @param keep takes the objects of each app as a manifest; without it they become settings
 */
export async function adoptFromCluster(
  folder: string,
  configuration: StackConfiguration,
  cluster: ListedCluster,
  keep?: KeepManifest,
): Promise<Adopted> {
  const findings = new Findings();
  for (const app of wantedInCluster(configuration)) await findIngress(app, cluster, findings, keep);
  return adoption(folder, configuration, findings, "canary-traffic:kubernetes:CanaryApp$", (declared) =>
    takeObjects(declared, cluster, findings),
  );
}

/**
 * From findings to settings.
 *
 * @param component whose resources are looked at
 * @param findRest adds what only the program's declared resources tell
 */
async function adoption(
  folder: string,
  configuration: StackConfiguration,
  findings: Findings,
  component: string,
  findRest: (declared: readonly ResourceState[]) => Promise<void>,
): Promise<Adopted> {
  if (findings.resources.length === 0 && findings.settings.size === 0)
    return { ...outcome(findings, configuration), differences: [] };
  try {
    const { states } = await evaluate(folder, withFindings(configuration, findings));
    await findRest(states);
    const steps = await firstUpdate(folder, withFindings(configuration, findings), findings);
    const differences = steps.filter(({ urn }) => urn.includes(component)).flatMap(differencesOf);
    return { ...outcome(findings, configuration), differences };
  } catch (error) {
    if (!(error instanceof ProgramError && error.expected)) throw error;
    const missing = error.message.split("\n").map((line) => `settings are not whole yet: ${line}`);
    findings.notes.push(
      ...missing,
      "so what only the whole settings tell, and what the first update would change, was not looked for",
    );
    return { ...outcome(findings, configuration), differences: [] };
  }
}

/** What the first update does once everything found is imported. */
async function firstUpdate(
  folder: string,
  adopting: StackConfiguration,
  { resources }: Findings,
): Promise<readonly Step[]> {
  const declared = (await evaluate(folder, adopting)).states;
  const olds = resources.flatMap((resource) => asOld(resource, declared));
  return (await evaluate(folder, adopting, olds)).steps.map(shownStep);
}

/** Inputs that say how Pulumi goes about an update: AWS has none of them. */
const PULUMIS_OWN = /^(instanceRefresh|waitFor\w+)\b/;

/** What a step would change in AWS. */
function differencesOf(step: Step): string[] {
  const label = foundLabel(step);
  // A component is nothing of AWS's.
  if (step.op === "same" || step.fresh?.custom === false) return [];
  if (step.op === "create") return [`${label}: is not there, or was not found: would be made anew`];
  const changes = Object.entries(step.detailedDiff).filter(([path]) => !PULUMIS_OWN.test(path));
  return changes.map(([path, change]) => {
    const { before, after } = sidesAt(step, path);
    const shown = (value: Value | undefined): string => (value === undefined ? "nothing" : shownValue(value));
    const values = /^userData\b/.test(path) ? "[not shown]" : `${shown(before)} => ${shown(after)}`;
    const lost = before === undefined ? undefined : followsOf(step.type, path);
    const follows = isReplacing(change) ? "no update can change it, so it is refused" : lost;
    return `${label}: ${path} ${values}${follows === undefined ? "" : `; ${follows}`}`;
  });
}

function outcome({ resources, settings, notes, commands }: Findings, { namespace }: StackConfiguration) {
  const adopt = resources.map((resource): [string, Value] => [foundLabel(resource), resource.id]);
  const changes = { ...nested(settings), ...(adopt.length > 0 && { adopt: Object.fromEntries(adopt) }) };
  return {
    found: resources,
    notes,
    commands,
    settings: Object.fromEntries(
      Object.entries(changes).map(([key, value]) => [`${namespace}:${key}`, value]),
    ),
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
      ...state,
      id,
      importId: id,
      inputs: live,
      outputs: { ...state.outputs, ...live, id, ...outputs },
    }));
}
