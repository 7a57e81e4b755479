/** The graph that an evaluation of the program records, and its way into AWS's APIs. */
import { resolve } from "node:path";
import { parseOverride, readConfiguration, type StackConfiguration } from "../../offline/configuration";
import { evaluate } from "../../offline/program";
import type { ResourceState } from "../../offline/state";
import type { Properties } from "../../offline/values";
import { hasStandIn, resolved, type StandInOutputs } from "../../status/stand-ins";
import type { Send } from "./api";
import { isBeyondMoto, sizeDisks } from "./moto-limits";
import { translate, translatorOf } from "./translate";

/** The project itself. */
export const ROOT = resolve(__dirname, "../..");
/** The project whose stack prod is fleets alone. */
export const PROJECT = resolve(__dirname, "../fixtures/elb");

/**
 * A stack's resources on AWS, in the order in which the engine would make them. Where one takes another's output, its
 * inputs hold a stand-in.
 *
 * @param overrides as `-c` takes them with `--config-path`
 */
export function recorded(
  stack: string,
  overrides: readonly string[] = [],
  folder = PROJECT,
): Promise<ResourceState[]> {
  const parsed = overrides.map((text) => parseOverride(text, true));
  return record(readConfiguration(folder, stack, parsed), folder);
}

export async function record(configuration: StackConfiguration, folder = ROOT): Promise<ResourceState[]> {
  const { states } = await evaluate(folder, configuration);
  return states.filter(({ custom, type }) => custom && type.startsWith("aws:"));
}

/**
 * Takes a graph to AWS: every resource from exactly its recorded inputs. Answers what AWS made of each.
 *
 * @param first the first resource's number, from which names are made: another one for another stack in the same account
 */
export async function create(
  graph: readonly ResourceState[],
  send: Send,
  first = 0,
): Promise<StandInOutputs> {
  const made = new Map<string, Properties>();
  for (const [position, state] of graph.entries()) {
    const { urn, type } = state;
    const translation = translate(type, known(state, made), first + position);
    const answer = isBeyondMoto(translation.create) ? {} : await send<object>(translation.create);
    const outputs = translation.outputs(answer);
    await sizeDisks(translation.create, send);
    for (const request of translation.after?.(outputs) ?? []) await send(request);
    made.set(urn, outputs);
  }
  return made;
}

/** Outputs such as AWS gives, for requests that are checked and not sent. */
export const samples = (graph: readonly ResourceState[]): StandInOutputs =>
  new Map(graph.map(({ urn, type }) => [urn, translatorOf(type).sample]));

/** A resource's inputs, all known. */
export function known(state: ResourceState, outputs: StandInOutputs): Properties {
  const inputs = resolved(state, outputs);
  if (hasStandIn(inputs)) throw new Error(`${state.urn}: unknown inputs: ${JSON.stringify(inputs)}`);
  return inputs;
}
