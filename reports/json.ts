/** Previews in the shape of `pulumi preview --json`, and programs as lists of resources. */

import { isShown, type Preview, shownConfiguration } from "../offline/preview";
import { defined, type ResourceState } from "../offline/state";
import type { Step } from "../offline/step";
import { mapLeaves, masked, type Properties, UNKNOWN } from "../offline/values";
import { providerLines } from "./report";

/**
 * The digest that `pulumi preview --json` prints (`PreviewDigest` in pkg/display/json.go). A step whose only difference
 * is a secret that can't be read here carries `mayChange`, and `changeSummary` counts it apart.
 */
export function previewJson(preview: Preview, showSames: boolean): object {
  return {
    config: shownConfiguration(preview.configuration),
    steps: preview.steps.filter((step) => isShown(step, showSames)).map(stepJson),
    diagnostics: [
      ...providerLines(preview).map((message) => ({ severity: "warning", message })),
      ...preview.diagnostics.filter(({ severity }) => severity !== "debug"),
    ],
    changeSummary: preview.summary,
  };
}

function stepJson(step: Step): object {
  const { op, urn, old, fresh, detailedDiff, replaceReasons, mayChange } = step;
  const changed = Object.entries(detailedDiff);
  return {
    op,
    urn,
    ...defined({ provider: fresh?.provider ?? old?.provider }),
    ...defined({ oldState: old && stateJson(old), newState: fresh && stateJson(fresh) }),
    ...(replaceReasons.length > 0 && { replaceReasons }),
    detailedDiff:
      changed.length === 0
        ? null
        : Object.fromEntries(changed.map(([path, { kind, inputDiff }]) => [path, { kind, inputDiff }])),
    ...(mayChange && { mayChange }),
  };
}

function stateJson(state: ResourceState): object {
  const { urn, custom, id, type, inputs, outputs, parent, dependencies, propertyDependencies, ...options } =
    state;
  const filled = Object.entries(propertyDependencies).filter(([, urns]) => urns.length > 0);
  return {
    urn,
    custom,
    ...defined({ id }),
    type,
    ...(Object.keys(inputs).length > 0 && { inputs: masked(inputs) }),
    ...(Object.keys(outputs).length > 0 && { outputs: masked(outputs) }),
    ...defined({ parent }),
    ...(dependencies.length > 0 && { dependencies }),
    ...(filled.length > 0 && { propertyDependencies: Object.fromEntries(filled) }),
    ...defined({
      provider: options.provider,
      protect: options.protect,
      external: options.external,
      retainOnDelete: options.retainOnDelete,
      importID: options.importId,
      ignoreChanges: options.ignoreChanges,
      replaceOnChanges: options.replaceOnChanges,
      initErrors: options.initErrors,
    }),
  };
}

/** Every resource that a program declares. */
export function resourcesJson(states: readonly ResourceState[]): object[] {
  return states.map(({ urn, type, name, parent, inputs, dependencies }) => ({
    urn,
    type,
    name,
    ...defined({ parent }),
    inputs: mapLeaves(masked(withoutDefaults(inputs)), (leaf) => (leaf === UNKNOWN ? "[unknown]" : leaf)),
    dependencies,
  }));
}

/** A provider's note on which inputs it filled in is of no use to people. */
const withoutDefaults = ({ __defaults: _, ...inputs }: Properties): Properties => inputs;
