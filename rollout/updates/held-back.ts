/** What an update of a stack has to leave for a second one. */
import { isChange, type Preview } from "../../offline/preview";
import type { Step } from "../../offline/step";
import { objectKindOf } from "../../policy/graph";
import { previewGraph } from "../../policy/preview";
import { shown } from "../../policy/rules/weight-before-pods";
import { AUTOSCALER, type Shrinking, shrinking } from "../../policy/shrinking";

export interface HeldBack {
  /** The resources whose change takes pods. */
  readonly urns: readonly string[];
  /** `Deployment myapp-canary`, for people. */
  readonly labels: readonly string[];
  /** Why, a sentence each. */
  readonly reasons: readonly string[];
  readonly apps: readonly string[];
}

/** The numbers of pods. */
const SIZES = ["kubernetes:apps/v1:Deployment", AUTOSCALER];
/** All that a variant has of its own, its routes aside. */
const WORKLOAD = [...SIZES, "kubernetes:core/v1:Service", "kubernetes:policy/v1:PodDisruptionBudget"];

/**
 * What takes pods from variants that lose requests, too: it may change only once the router has the new weights. Undefined
 * where one update does.
 */
export function heldBack(preview: Preview): HeldBack | undefined {
  const losing = shrinking(previewGraph(preview));
  const held = preview.steps.filter(
    (step) => isChange(step) && losing.some((variant) => takesPods(variant, step)),
  );
  if (held.length === 0) return undefined;
  return {
    urns: held.map(({ urn }) => urn),
    labels: held.map((step) => `${objectKindOf(step)} ${step.name}`),
    reasons: losing.map(shown),
    apps: [...new Set(losing.map(({ app }) => app))],
  };
}

const takesPods = ({ objectName, fewer }: Shrinking, { name, type }: Step): boolean =>
  name === objectName && (fewer === 0 ? WORKLOAD : SIZES).includes(type);
