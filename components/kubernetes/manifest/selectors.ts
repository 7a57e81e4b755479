/** Labels that pods are selected by, wherever an object does so. */
import { type ApiObject, at, type Fields, isFields, listAt, type Plain } from "./object";

export type Labels = Readonly<Record<string, string>>;

/** What a selector asks of labels, as Kubernetes' LabelSelector; one of labels alone is the same without expressions. */
export interface Selector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Fields[];
}

export const labelsAt = (value: Plain | undefined, ...path: readonly string[]): Labels => {
  const found = at(value, ...path);
  const entries = Object.entries(isFields(found) ? found : {});
  return Object.fromEntries(
    entries.flatMap(([key, text]) => (typeof text === "string" ? [[key, text]] : [])),
  );
};

/** Cilium writes where a label comes from before its key. */
const plainKey = (key: string): string => key.replace(/^(k8s|any):/, "");

/** Whether pods with these labels are selected. A selector that asks for nothing is taken for one of all pods, not of these. */
export function selects({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  const wanted = Object.entries(matchLabels);
  if (wanted.length + matchExpressions.length === 0) return false;
  return (
    wanted.every(([key, value]) => labels[plainKey(key)] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements */
function holds(expression: Fields, labels: Labels): boolean {
  const value = labels[plainKey(String(expression.key))];
  const values = listAt(expression, "values").map(String);
  switch (expression.operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/** Labels without which the selector does not select these pods anymore, each alone. */
export const neededKeys = ({ matchLabels, matchExpressions }: Selector): string[] => [
  ...new Set(
    [
      ...Object.keys(matchLabels),
      ...matchExpressions
        .filter(({ operator }) => operator === "In" || operator === "Exists")
        .map(({ key }) => String(key)),
    ].map(plainKey),
  ),
];

/** What a field that is called a selector asks; undefined if it is none of labels. */
export function selectorOf(value: Plain | undefined): Selector | undefined {
  if (!isFields(value)) return undefined;
  const { matchLabels, matchExpressions, labels } = value;
  if (matchLabels !== undefined || matchExpressions !== undefined)
    return {
      matchLabels: labelsAt(value, "matchLabels"),
      matchExpressions: listAt(value, "matchExpressions").filter(isFields),
    };
  // Istio's workloadSelector.
  if (isFields(labels)) return { matchLabels: labelsAt(labels), matchExpressions: [] };
  const all = Object.values(value);
  return all.length > 0 && all.every((each) => typeof each === "string")
    ? { matchLabels: labelsAt(value), matchExpressions: [] }
    : undefined;
}

const IS_SELECTOR = /selector$/i;
/** Selectors of something else than pods. */
const OF_OTHERS = /^(namespaceSelector|nodeSelector|objectSelector|volumeSelector)$/;

/** The selectors in a value, wherever they are. */
export function selectorsIn(value: Plain | undefined): Selector[] {
  if (Array.isArray(value)) return value.flatMap((each) => selectorsIn(each as Plain));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    if (OF_OTHERS.test(key)) return [];
    const found = IS_SELECTOR.test(key) ? selectorOf(below) : undefined;
    return found === undefined ? selectorsIn(below) : [found];
  });
}

/**
 * The same value with every selector that selects `labels` led to other pods.
 *
 * @param lost labels that those pods lack
 * @param own labels that they alone have
 */
export function redirected(value: Plain, labels: Labels, lost: readonly string[], own: Labels): Plain {
  if (Array.isArray(value)) return value.map((each) => redirected(each as Plain, labels, lost, own));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, below]) => {
      if (below === undefined || OF_OTHERS.test(key)) return [key, below];
      const found = IS_SELECTOR.test(key) ? selectorOf(below) : undefined;
      if (found === undefined) return [key, redirected(below, labels, lost, own)];
      return [key, selects(found, labels) ? led(below as Fields, lost, own) : below];
    }),
  );
}

function led(selector: Fields, lost: readonly string[], own: Labels): Fields {
  const kept = (labels: Labels): Labels => ({
    ...Object.fromEntries(Object.entries(labels).filter(([key]) => !lost.includes(plainKey(key)))),
    ...own,
  });
  if (isFields(selector.labels)) return { ...selector, labels: kept(labelsAt(selector.labels)) };
  if (selector.matchLabels === undefined && selector.matchExpressions === undefined)
    return kept(labelsAt(selector));
  const expressions = listAt(selector, "matchExpressions").filter(
    (each) => !lost.includes(plainKey(String(at(each, "key")))),
  );
  const { matchExpressions: _all, ...rest } = selector;
  return {
    ...rest,
    matchLabels: kept(labelsAt(selector, "matchLabels")),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}

/**
 * The fewest labels, by preference the last ones named, without which none of the selectors selects the pods.
 *
 * @param selectors each selects the pods
 */
export function labelsToLose(selectors: readonly Selector[]): string[] {
  const lost: string[] = [];
  let left = selectors.map(neededKeys);
  while (left.length > 0) {
    const [first = []] = left;
    const count = (key: string): number => left.filter((keys) => keys.includes(key)).length;
    // A selector of nothing but what pods must not have selects the canary's, too.
    if (first.length === 0) return lost;
    const key = first.reduce((best, each) => (count(each) >= count(best) ? each : best));
    lost.push(key);
    left = left.filter((keys) => !keys.includes(key));
  }
  return lost;
}

/** Labels of a Deployment's pods. */
export const podLabels = (deployment: ApiObject): Labels =>
  labelsAt(deployment, "spec", "template", "metadata", "labels");
