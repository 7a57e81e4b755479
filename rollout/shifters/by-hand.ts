/** Commands of `kubectl` and `aws` that take canaries out if there is no engine that could. */
import { isDeepStrictEqual } from "node:util";
import { type Target, targetKey, type Weights } from "../../analysis/plan";
import { shellLine } from "../../base/escape";
import { gathered } from "../../base/gathered";
import { isUnreadable } from "../../base/secrets";
import { messageOf } from "../../base/user-error";
import { type FrontKind, fronts } from "../../components/aws/fronts";
import { awsTypes } from "../../components/aws/types";
import { readConfiguration, type StackConfiguration } from "../../offline/configuration";
import { renderObjects, toYaml } from "../../offline/manifests";
import { type Evaluation, evaluate } from "../../offline/program";
import type { ResourceState } from "../../offline/state";
import { isChange, type Step } from "../../offline/step";
import {
  hasSecret,
  hasUnknown,
  isObject,
  isSecret,
  mapLeaves,
  type Properties,
  type Value,
  valueAt,
} from "../../offline/values";
import { hasFleets } from "../../stacks/settings";
import type { Account } from "../../status/account";
import { locate } from "../../status/aws";
import { StatusError } from "../../status/errors";
import { targetKindOf } from "../kinds";
import { rewrittenWithWeights } from "../updates/stack-file";
import { asRoles, awsWords } from "./aws-words";
import type { EngineOptions } from "./engine";

/** What takes canaries out, in the order in which it is to be done. */
export interface ByHand {
  /** Lines for a POSIX shell. */
  readonly lines: readonly string[];
  /** What no line does, and why, a sentence each. */
  readonly left: readonly string[];
}

/**
 * The commands that take canaries to 0, of all that their weights change.
 *
 * @param text of the stack's file
 * @param account tells AWS's ids; asked for if the stack has fleets
 * @throws ProgramError when the program fails
 */
export async function byHand(
  { folder, configuration, settings }: Pick<EngineOptions, "folder" | "configuration" | "settings">,
  targets: readonly Target[],
  text: string,
  account: () => Promise<Account>,
): Promise<ByHand> {
  const { stack, namespace } = configuration;
  const at = (weights: Weights): StackConfiguration =>
    readConfiguration(folder, stack, [], rewrittenWithWeights(text, namespace, weights));
  const apps = [...new Set(targets.map(({ app }) => app))];
  const out = at(weightsOf(targets, () => 0));
  const back = async (weights: Weights): Promise<Evaluation> =>
    evaluate(folder, out, (await evaluate(folder, at(weights))).states);
  const evaluations = await back(shared(targets))
    .then((evaluation) => [evaluation])
    // Some routers give all to one alone.
    .catch(async () => {
      const each: Evaluation[] = [];
      for (const weights of inTurn(targets, apps)) each.push(await back(weights));
      return each;
    });
  const steps = evaluations.flatMap(({ steps }) => steps).filter((step) => isChange(step) && !step.mayChange);
  const shifts = steps
    .filter(targetKindOf(targets).isShift(settings, targets))
    .filter(({ fresh }) => fresh !== undefined);
  const cluster = inCluster(shifts, configuration.values);
  const fleets = shifts.flatMap(({ type, fresh }) => (fresh && type.startsWith("aws:") ? [fresh] : []));
  if (fleets.length === 0 || !hasFleets(settings)) return cluster;
  const declared = { stack, resources: evaluations[0]?.states ?? [], apps: [] };
  const front = fronts[settings.aws.loadBalancer];
  const aws = fleets.every(({ type }) => type === awsTypes.record)
    ? await inDns(fleets, configuration.values, account)
    : await onAws(front, fleets, configuration.values, async () => locate(declared, await account()));
  const lines = aws.lines.length === 0 ? [] : [...asRoles(configuration.values), ...aws.lines];
  return { lines: [...cluster.lines, ...lines], left: [...cluster.left, ...aws.left] };
}

const weightsOf = (targets: readonly Target[], weight: (target: Target) => number): Weights =>
  Object.fromEntries(targets.map((target) => [targetKey(target), weight(target)]));

/** All of each app's requests for its canaries, in equal shares. */
const shared = (targets: readonly Target[]): Weights =>
  weightsOf(targets, ({ app }) => {
    const { length } = targets.filter((target) => target.app === app);
    return Math.floor(10_000 / length) / 100;
  });

/** All of each app's requests for its first canary, then for its second, and so on. */
function inTurn(targets: readonly Target[], apps: readonly string[]): Weights[] {
  const ofApp = apps.map((app) => targets.filter((target) => target.app === app));
  const most = Math.max(...ofApp.map(({ length }) => length));
  return Array.from({ length: most }, (_, turn) =>
    weightsOf(targets, (target) =>
      ofApp.some((own) => own[Math.min(turn, own.length - 1)] === target) ? 100 : 0,
    ),
  );
}

/** Patches of the cluster's objects. An object that is new is made first: others read it. */
export function inCluster(shifts: readonly Step[], values: Readonly<Record<string, string>>): ByHand {
  const changes = new Map<string, { readonly fresh: ResourceState; readonly patch: Properties }>();
  for (const { op, urn, old, fresh } of shifts) {
    if (fresh === undefined || typeof fresh.inputs.kind !== "string") continue;
    const patch = mergePatch(op === "create" ? {} : (old?.inputs ?? {}), fresh.inputs);
    changes.set(urn, { fresh, patch: merged(changes.get(urn)?.patch ?? {}, patch) });
  }
  const lines: string[] = [];
  const left: string[] = [];
  const made = [...changes.values()].filter(({ patch }) => patch.kind !== undefined);
  const names = new Map(made.map(({ fresh }) => [nameOf(fresh), `${nameOf(fresh)}${BY_HAND}`]));
  for (const { fresh, patch: own } of changes.values()) {
    const patch = renamed(own, names);
    const { kind, apiVersion, metadata } = fresh.inputs;
    const { name, namespace = "default" } = metadata as { name: string; namespace?: string };
    const kubectl = ["kubectl", ...contextOf(values), "-n", namespace];
    const title = `${kind}${versionOf(String(apiVersion))}/${name}`;
    if (hasSecret(patch) || hasUnknown(patch)) {
      left.push(`${title} in ${namespace}: its change has a secret, or a value that only the provider knows`);
    } else if (patch.kind !== undefined) {
      const [object = {}] = renderObjects([{ ...fresh, inputs: renamed(fresh.inputs, names) }]).objects;
      const apply = shellLine([...kubectl, "apply", "--server-side", "-f", "-"]);
      lines.push(`${apply} <<'END'`, ...toYaml(object).trimEnd().split("\n"), "END");
      const remove = shellLine([...kubectl, "delete", `${kind}/${names.get(name) ?? name}`]);
      lines.push(`# after the next pulumi up: ${remove}`);
    } else {
      lines.push(shellLine([...kubectl, "patch", title, "--type=merge", "-p", JSON.stringify(patch)]));
      // Its pods may be what takes the requests of those that go next.
      if (kind === "Deployment")
        lines.push(shellLine([...kubectl, "rollout", "status", title, "--timeout=5m"]));
    }
  }
  return { lines, left };
}

/** What is made by hand has a name of its own: the provider, from 4.29 on, makes no object that is there already. */
const BY_HAND = "-by-hand";

const nameOf = ({ inputs }: ResourceState): string =>
  String((inputs.metadata as Properties | undefined)?.name);

const renamed = (properties: Properties, names: ReadonlyMap<string, string>): Properties =>
  mapLeaves(properties, (leaf) =>
    typeof leaf === "string" ? (names.get(leaf) ?? leaf) : leaf,
  ) as Properties;

/** As the provider takes a kubeconfig; one that is a text, and no file's name, is nothing for a command line. */
function contextOf(values: Readonly<Record<string, string>>): string[] {
  const { "kubernetes:context": context, "kubernetes:kubeconfig": file } = values;
  const isFile = file !== undefined && /^[^\n{]+$/.test(file) && !isUnreadable(file);
  return [
    ...(isFile ? ["--kubeconfig", file] : []),
    ...(context === undefined ? [] : ["--context", context]),
  ];
}

/** `.v1.apps`; nothing for the core group, which has only one version. */
function versionOf(apiVersion: string): string {
  const [group = "", version] = apiVersion.split("/");
  return version === undefined ? "" : `.${version}.${group}`;
}

/** What of an object becomes another by this, as a JSON merge patch (RFC 7386): lists are whole. */
function mergePatch(before: Properties, after: Properties): Properties {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    keys.flatMap((key): [string, Value][] => {
      const [was, is] = [before[key], after[key]];
      if (isDeepStrictEqual(was, is)) return [];
      if (is === undefined) return [[key, null]];
      const isInner = isObject(was) && isObject(is) && !isSecret(was) && !isSecret(is);
      return [[key, isInner ? mergePatch(was, is) : is]];
    }),
  );
}

/** Two patches to the same. */
const merged = (one: Properties, other: Properties): Properties => ({
  ...one,
  ...Object.fromEntries(
    Object.entries(other).map(([key, value]) => {
      const own = one[key];
      return [key, isObject(own) && isObject(value) ? merged(own, value) : value];
    }),
  ),
});

/** The weights of records, all of a zone in one batch. */
async function inDns(
  states: readonly ResourceState[],
  values: Readonly<Record<string, string>>,
  account: () => Promise<Account>,
): Promise<ByHand> {
  const left: string[] = [];
  const lines: string[] = [];
  try {
    const zones = gathered(states, ({ inputs }) => String(inputs.zoneId));
    for (const [zone, records] of zones) {
      const changes: Properties[] = [];
      for (const { type, name, inputs } of records) {
        const live = await (await account()).records(zone, String(inputs.name));
        const found = live.find(({ SetIdentifier }) => SetIdentifier === inputs.setIdentifier);
        const Weight = valueAt(inputs, "weightedRoutingPolicies[0].weight");
        if (found === undefined || Weight === undefined) left.push(`${type} ${name}: is not in AWS`);
        else
          changes.push({
            Action: "UPSERT",
            ResourceRecordSet: { ...(found as unknown as Properties), Weight },
          });
      }
      const batch = ["--hosted-zone-id", zone, "--change-batch", JSON.stringify({ Changes: changes })];
      if (changes.length > 0)
        lines.push(shellLine([...awsWords(values), "route53", "change-resource-record-sets", ...batch]));
    }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    left.push(`${states.map(({ name }) => name).join(", ")}: AWS can't be asked (${messageOf(error)})`);
  }
  return { lines, left };
}

async function onAws(
  front: FrontKind,
  states: readonly ResourceState[],
  values: Readonly<Record<string, string>>,
  locating: () => ReturnType<typeof locate>,
): Promise<ByHand> {
  const aws = awsWords(values);
  const left: string[] = [];
  const growing: string[] = [];
  const others: string[] = [];
  try {
    const find = await locating();
    for (const state of new Map(states.map((each) => [each.urn, each])).values()) {
      const found = await find(state);
      if (found === undefined) left.push(`${state.type} ${state.name}: is not in AWS`);
      else {
        const commands = front.byHand(found);
        const lines = commands.flatMap(({ words, wait }) => [
          shellLine([...aws, ...words]),
          ...(wait === undefined ? [] : [`# wait ${wait}`]),
        ]);
        (commands.some(({ wait }) => wait !== undefined) ? growing : others).push(...lines);
      }
    }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const names = [...new Set(states.map(({ name }) => name))].join(", ");
    left.push(`${names}: AWS's own names are not known (${messageOf(error)})`);
  }
  return { lines: [...growing, ...others], left };
}
