import { Command } from "commander";
import { data, jsonText, print, tellLine } from "../base/output";
import { redactedDeep } from "../base/secrets";
import { type Preview, preview } from "../offline/preview";
import { nameOf } from "../offline/state";
import { isRefusal } from "../policy/evaluate";
import type { Departure } from "../policy/graph";
import { loosenedBy, policiesOf, previewFindings } from "../policy/preview";
import { inWords } from "../policy/rules/drained";
import { findingsText } from "../reports/findings";
import { advice } from "../stacks/advice";
import { isExisting } from "../stacks/fleets";
import { rawSettings } from "../stacks/raw";
import { hasCluster, parseSettings, type Settings, SettingsError } from "../stacks/settings";
import { awsAccount } from "../status/account";
import { awsAccess, shownAccess } from "../status/aws-access";
import { departures, leaving } from "../status/departures";
import type { ProviderValues } from "../status/kubeconfig";
import { kubernetesCluster } from "../status/kubernetes";
import { missingFleets } from "../status/missing-fleets";
import { usageAccount } from "../status/requests";
import { missingServices } from "../status/services";
import { EXIT } from "./errors";
import { type OldSideOptions, oldSide, stateSide, withOldSideOptions } from "./old-side";
import { type StackOptions, withStackOptions } from "./options";
import { readStack } from "./read-stack";

interface CheckOptions extends StackOptions, OldSideOptions {
  readonly live: boolean;
  readonly json: boolean;
}

/** `canary check`: what the stack's policies say to an update, alone. Exits 1 when a mandatory rule is broken. */
export function checkCommand(): Command {
  return withOldSideOptions(withStackOptions(new Command("check")))
    .option(
      "--live",
      "compare with what is deployed, ask AWS who still uses the load balancers that would be deleted, and AWS and the cluster for fleets and Services that others make",
      false,
    )
    .option("--json", "print findings as JSON", false)
    .action(async (options: CheckOptions) => {
      process.exitCode = await check(options);
    });
}

async function check(options: CheckOptions): Promise<number> {
  const { folder, asFiled, asAsked } = readStack(options);
  const old = options.live
    ? await stateSide(options, folder, asFiled)
    : await oldSide(options, folder, asFiled);
  const previewed = await preview(folder, asAsked, old.states, old.providers);
  const seen = options.live ? await liveDepartures(previewed) : undefined;
  const { namespace, values } = asAsked;
  const raw = rawSettings(namespace, values);
  const settings = ownSettings(raw);
  const missing = options.live && settings ? await missingOf(settings, values) : [];
  for (const note of [
    ...old.notes,
    ...asAsked.warnings,
    ...notes(previewed, seen),
    ...missing,
    ...(settings ? advice(settings, raw) : []),
  ])
    tellLine(note);
  const base = old.configuration;
  const findings = previewFindings(previewed, { ...(seen && { departures: seen }), ...(base && { base }) });
  const loosened = loosenedBy(previewed, base);
  if (options.json) data(jsonText(redactedDeep({ policies: findings, loosened }), 4));
  else print(findingsText(findings, loosened));
  return findings.some(isRefusal) || missing.length > 0 ? EXIT.no : EXIT.done;
}

/** Undefined for a program that has read other settings, such as one that uses the components alone: it has run, after all. */
function ownSettings(raw: Record<string, unknown>): Settings | undefined {
  try {
    return parseSettings(raw);
  } catch (error) {
    if (error instanceof SettingsError) return undefined;
    throw error;
  }
}

/** What others are to make and is not there. Who could tell is asked only if there is any of it. */
async function missingOf(settings: Settings, values: ProviderValues): Promise<string[]> {
  const lines: string[] = [];
  const onCluster = hasCluster(settings) ? settings.apps.filter(({ service }) => service !== undefined) : [];
  if (onCluster.length > 0) {
    const cluster = await kubernetesCluster(values);
    tellLine(`looking at ${cluster.title}`);
    lines.push(...(await missingServices(onCluster, cluster)));
  }
  const fleets = settings.apps.filter(isExisting);
  if (fleets.length > 0) {
    const access = awsAccess(values);
    tellLine(`looking at ${await shownAccess(access)}`);
    lines.push(...(await missingFleets(fleets, await awsAccount(access))));
  }
  return lines;
}

async function liveDepartures(previewed: Preview): Promise<Departure[]> {
  if (leaving(previewed).length === 0) return [];
  const { configuration } = previewed;
  const access = awsAccess(configuration.values);
  tellLine(`looking at ${await shownAccess(access)}`);
  const account = await usageAccount(access);
  return departures(previewed, policiesOf(configuration).drainTtls, account);
}

/** What was looked at, and what was not. */
function notes(previewed: Preview, seen: readonly Departure[] | undefined): string[] {
  if (seen === undefined) {
    const names = leaving(previewed).map(({ name }) => name);
    return names.length === 0
      ? []
      : [`not looked at without --live: who still uses load balancers that go, ${names.join(" and ")}`];
  }
  if (seen.length === 0) return ["no load balancer goes that has to be drained: AWS was not asked"];
  return seen.map(({ urn, seconds, requests = "unknown", settled }) => {
    const since = settled === undefined ? "not known" : `${inWords(settled)} ago`;
    return `LoadBalancer ${nameOf(urn)}: requests within ${inWords(seconds)}: ${requests}; last change of its side's records: ${since}`;
  });
}
