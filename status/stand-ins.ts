import { nameOf } from "../offline/state";
import { mapLeaves, type Properties, type Value } from "../offline/values";

/** The outputs of resources by URN. */
export type StandInOutputs = ReadonlyMap<string, Properties>;

/** Stand-ins for outputs, as an evaluation without resources from before makes them (offline/outputs.ts). */
const STAND_IN = /<([^<>]+)\.(\w+)>/g;

/** What a resource takes from others. */
interface Taking {
  readonly inputs: Properties;
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/**
 * A resource's inputs with every stand-in replaced by the output that it stands for; it stays if there is none. Where
 * resources of one name are taken from, as target groups of two load balancers are, each is taken once.
 */
export function resolved({ inputs, propertyDependencies }: Taking, outputs: StandInOutputs): Properties {
  const entries = Object.entries(inputs).map(([key, value]) => {
    const sources = propertyDependencies[key] ?? [];
    const left = new Map<string, string[]>();
    const outputOf = (standIn: string, name: string, output: string): string => {
      const found = left.get(standIn) ?? valuesOf(sources, name, output, outputs);
      const [first = standIn, ...others] = found;
      left.set(standIn, others.length > 0 ? others : found);
      return first;
    };
    const change = (leaf: Value): Value =>
      typeof leaf === "string" ? leaf.replace(STAND_IN, outputOf) : leaf;
    return [key, mapLeaves(value, change)];
  });
  return Object.fromEntries(entries);
}

const valuesOf = (
  sources: readonly string[],
  name: string,
  output: string,
  outputs: StandInOutputs,
): string[] =>
  sources
    .filter((urn) => nameOf(urn) === name)
    .map((urn) => outputs.get(urn)?.[output])
    .filter((value) => value !== undefined)
    .map(String);

/** Whether something in these inputs stands for an output that is not known. */
export const hasStandIn = (inputs: Properties): boolean => JSON.stringify(inputs).search(STAND_IN) >= 0;
