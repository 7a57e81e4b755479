/** Policies on an offline preview. */
import { variantName } from "../components/traffic";
import { appShifts } from "../offline/audience";
import type { StackConfiguration } from "../offline/configuration";
import { isStack, type Preview } from "../offline/preview";
import { shownStep } from "../offline/secrets";
import { readWeights } from "../offline/shown";
import type { ResourceState } from "../offline/state";
import type { Step } from "../offline/step";
import { DEBUG_VARIANT } from "../stacks/apps";
import { expiredDebug } from "../stacks/debug";
import { SettingsError } from "../stacks/problems";
import type { Parsed, PolicySettings } from "../stacks/schema";
import type { RuleName } from "../stacks/schema/policies";
import { type Finding, holdAgainst, holdAgainstBoth } from "./evaluate";
import {
  type Departure,
  type GraphResource,
  type GraphStep,
  type GraphWithChanges,
  plainProps,
} from "./graph";
import { loosenedPolicies } from "./loosened";
import { rules } from "./rules";
import { parsePolicies } from "./settings";

export interface FindingOptions {
  /** Whether only rules about what users get are run, and none refuses; default false. */
  readonly aboutUsersOnly?: boolean;
  /** ISO date; default that of the clock. */
  readonly today?: string;
  /** What was seen of the load balancers that the update deletes; default that nobody looked. */
  readonly departures?: readonly Departure[];
  /** The configuration that the change starts from, whose policies hold as well; default that there is none. */
  readonly base?: StackConfiguration;
}

/** What the stack's policies find in a preview, by the settings of its new side and, if known, of its base. */
export function previewFindings(
  preview: Preview,
  { today, base, aboutUsersOnly = false, ...seen }: FindingOptions = {},
): Finding[] {
  const graph = { ...previewGraph(preview), ...seen };
  const own = policiesOf(preview.configuration);
  const names = aboutUsersOnly ? RULES_ABOUT_USERS : undefined;
  const found =
    base === undefined
      ? holdAgainst(graph, own, today, names)
      : holdAgainstBoth(graph, own, basePolicies(base), today, names);
  return aboutUsersOnly ? found.map((finding): Finding => ({ ...finding, severity: "advisory" })) : found;
}

const RULES_ABOUT_USERS = (Object.keys(rules) as RuleName[]).filter((name) => rules[name].aboutUsers);

/** What the preview's new side loosens of what its base is held against: a rule, a limit or a waiver each. */
export function loosenedBy({ configuration }: Preview, base: StackConfiguration | undefined): string[] {
  if (base === undefined) return [];
  const isProtected = ({ namespace, values }: StackConfiguration): boolean =>
    values[`${namespace}:protect`] === "true";
  return [
    ...loosenedPolicies(basePolicies(base), policiesOf(configuration)),
    ...(isProtected(base) && !isProtected(configuration) ? ["protect: true -> false"] : []),
  ];
}

/** Policies that don't suit the program as it is here are taken for its defaults. */
function basePolicies(base: StackConfiguration): PolicySettings {
  try {
    return policiesOf(base);
  } catch (error) {
    if (error instanceof SettingsError) return parsePolicies(undefined);
    throw error;
  }
}

export function previewGraph(preview: Preview): GraphWithChanges {
  const { configuration } = preview;
  // What either side marks as secret is no finding's to tell.
  const steps = preview.steps.map(shownStep);
  const stack = steps.find(isStack);
  const seen = steps.map((step) => stepOf(step, preview.besideWeights));
  return {
    stack: configuration.stack,
    resources: seen.flatMap(({ after }) => (after === undefined ? [] : [after])),
    weights: readWeights(stack?.fresh?.outputs),
    changes: {
      steps: seen,
      weights: readWeights(stack?.old?.outputs),
      apps: appShifts(steps),
      routers: (stack?.fresh?.outputs.routers ?? {}) as Record<string, string>,
      expired: expiredCanaries(configuration),
    },
  };
}

export function policiesOf({ namespace, values }: StackConfiguration): PolicySettings {
  return parsePolicies(values[`${namespace}:policies`]);
}

/** The program reads the same settings, and has no resources for these. */
function expiredCanaries({ namespace, values }: StackConfiguration): string[] {
  const apps = JSON.parse(values[`${namespace}:apps`] ?? "{}") as Parsed["apps"];
  return expiredDebug(apps, new Date().toISOString().slice(0, 10)).map(({ app }) =>
    variantName(app, DEBUG_VARIANT),
  );
}

const resourceOf = ({ urn, type, name, inputs, protect = false, parent }: ResourceState): GraphResource => ({
  urn,
  type,
  name,
  protect,
  ...(parent !== undefined && { parent }),
  props: plainProps(inputs),
});

const stepOf = (
  { urn, op, old, fresh, replaceReasons, detailedDiff }: Step,
  besideWeights: ReadonlySet<string>,
): GraphStep => ({
  op,
  ...(old && { before: resourceOf(old) }),
  ...(fresh && { after: resourceOf(fresh) }),
  retained: old?.retainOnDelete === true,
  replaceReasons,
  changed: Object.keys(detailedDiff),
  besideWeights: besideWeights.has(urn),
});
