/** A preview as people may see it: the one place that decides what in it is secret, whatever prints it. */
import { isKnownSecret, isUnreadable, keepSecret, redacted } from "../base/secrets";
import { shownSetting } from "../stacks/secret-keys";
import type { Preview } from "./preview";
import type { ResourceState } from "./state";
import type { Step } from "./step";
import {
  hasSecret,
  isObject,
  isSecret,
  joinPath,
  MASK,
  mapLeaves,
  type Properties,
  reveal,
  SIGNATURE,
  secret,
  type Value,
} from "./values";

/** The preview without any secret: where one was, on either side, a mark is that holds none. */
export function shownPreview(preview: Preview): Preview {
  for (const { old, fresh } of preview.steps)
    for (const state of [old, fresh]) if (state) learnSecrets(state);
  return {
    ...preview,
    steps: preview.steps.map(shownStep),
    diagnostics: preview.diagnostics.map((one) => ({ ...one, message: redacted(one.message) })),
    refusals: preview.refusals.map(redacted),
    providers: preview.providers.map(({ key, before, after }) => ({
      key,
      before: before && shownProvider(key, before),
      after: after && shownProvider(key, after),
    })),
  };
}

/** A provider's setting; one that a checkpoint marks as secret is the mark's own text. */
const shownProvider = (key: string, value: string): string =>
  value.includes(SIGNATURE) ? MASK : shownSetting(key, value);

/** Resources without any secret. */
export function shownStates(states: readonly ResourceState[]): ResourceState[] {
  for (const state of states) learnSecrets(state);
  return states.map((state) => hidden(state, secretPaths([state])));
}

/** One step of a preview, without any secret. */
export function shownStep(step: Step): Step {
  const { old, fresh, refused } = step;
  const paths = secretPaths([old, fresh]);
  return {
    ...step,
    ...(old && { old: hidden(old, paths) }),
    ...(fresh && { fresh: hidden(fresh, paths) }),
    ...(refused !== undefined && { refused: redacted(refused) }),
  };
}

/** Texts that are marked as secret one by one are kept out of messages, too; those within a secret object are of all kinds. */
function learnSecrets({ inputs, outputs }: ResourceState): void {
  const walk = (value: Value): void => {
    if (isSecret(value)) {
      const open = reveal(value);
      if (typeof open === "string" && !isUnreadable(open)) keepSecret(open);
    } else if (Array.isArray(value) || isObject(value)) for (const item of Object.values(value)) walk(item);
  };
  walk(inputs);
  walk(outputs);
}

/** Where either side has a secret, of inputs and outputs alike. */
function secretPaths(sides: readonly (ResourceState | undefined)[]): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (value: Value, path: string): void => {
    if (isSecret(value)) found.add(path);
    else if (Array.isArray(value)) for (const [i, item] of value.entries()) walk(item, `${path}[${i}]`);
    else if (isObject(value))
      for (const [key, item] of Object.entries(value)) walk(item, joinPath(path, key));
  };
  for (const state of sides) {
    for (const properties of state === undefined ? [] : [state.inputs, state.outputs])
      if (hasSecret(properties)) walk(properties, "");
  }
  return found;
}

/** Keys of a Kubernetes Secret that hold what it is for, marked or not. */
const CONTENT = ["data", "stringData"];

function hidden(state: ResourceState, paths: ReadonlySet<string>): ResourceState {
  const ofSecret = (properties: Properties): boolean =>
    /^kubernetes:core\/v1:Secret(Patch)?$/.test(state.type) || properties.kind === "Secret";
  const hide = (properties: Properties): Properties => {
    const isContent = ofSecret(properties);
    if (paths.size === 0 && !isContent) return mapLeaves(properties, withoutKnown) as Properties;
    const walk = (value: Value, path: string, inContent: boolean): Value => {
      if (isSecret(value) || paths.has(path)) return emptied(value);
      if (Array.isArray(value)) return value.map((item, i) => walk(item, `${path}[${i}]`, inContent));
      if (isObject(value)) {
        return Object.fromEntries(
          Object.entries(value).map(([key, item]) => [
            key,
            walk(item, joinPath(path, key), inContent || (isContent && path === "" && CONTENT.includes(key))),
          ]),
        );
      }
      if (inContent || isLastApplied(path, isContent)) return emptied(value);
      return withoutKnown(value);
    };
    return walk(properties, "", false) as Properties;
  };
  return { ...state, inputs: hide(state.inputs), outputs: hide(state.outputs) };
}

/** A text without what was met as a secret. */
function withoutKnown(leaf: Value): Value {
  if (typeof leaf !== "string") return leaf;
  return isKnownSecret(leaf) ? emptied(leaf) : redacted(leaf);
}

/** What kubectl and Pulumi keep of a whole object, the content of a Secret included. */
const isLastApplied = (path: string, isContent: boolean): boolean =>
  isContent && path.endsWith('["kubectl.kubernetes.io/last-applied-configuration"]');

/** The mark of a secret with nothing in it but the names of its parts. */
const emptied = (value: Value): Properties => secret(mapLeaves(reveal(value), () => MASK));
