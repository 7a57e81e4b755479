/** What becomes of each field of AWS's answers once the program has a thing: none may be missed. */
import { isDeepStrictEqual } from "node:util";
import type { Properties, Value } from "../offline/values";
import { known } from "./inputs";

/** AWS's own word, which nobody sets: names, states, times. */
export const TOLD = "told";
/** It becomes a setting, or is compared with what the program declares. */
export const READ = "read";
/** The provider leaves it as it is, as long as nothing declares it. */
export const STAYS = "stays";

/** The provider sets it back, as nothing declares it: `patches` can. */
export interface Lost {
  /** The input of Pulumi's that keeps it, such as `suspendedProcesses` or `accessLogs.prefix`. */
  readonly input: string;
  /** A whole sentence without its end: what follows where it is lost. */
  readonly follows: string;
  /** What AWS has where nobody has set it, and so what the first update leaves; default none. */
  readonly usual?: Value;
  /** The input's value; default the same in Pulumi's form. */
  from?(value: never): Value | undefined;
}

export type Fate = typeof TOLD | typeof READ | typeof STAYS | Lost;

/** Of each field of an answer: one that a new version of AWS's SDK brings does not compile until it has its own. */
export type Fates<Answer> = { readonly [Field in keyof Required<Answer>]: Fate };

/** As AWS writes it, in Pulumi's form: `{ MinHealthyPercentage: 90 }` is `{ minHealthyPercentage: 90 }`. */
function inPulumisForm(value: unknown): Value {
  if (Array.isArray(value)) return value.map(inPulumisForm);
  if (typeof value !== "object" || value === null) return value as Value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.map(([name, item]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, inPulumisForm(item)]),
  );
}

/** What of an answer the program would lose, as inputs that hold it. */
export function losable(answer: object, fates: Readonly<Record<string, Fate>>): Properties {
  const inputs: Record<string, Value> = {};
  for (const [field, value] of Object.entries(answer)) {
    const fate = fates[field];
    if (value === undefined || value === null || typeof fate !== "object") continue;
    const { input, usual, from = inPulumisForm as (value: unknown) => Value } = fate;
    const given = (from as (value: unknown) => Value | undefined)(value);
    if (isUsual(given, usual)) continue;
    inputs[input] = given as Value;
  }
  return inputs;
}

/** Without a usual value, what is off or empty is as good as none. */
const isUsual = (value: Value | undefined, usual: Value | undefined): boolean =>
  value === undefined ||
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  isDeepStrictEqual(value, usual ?? false);

/** Fields of an answer that no table of this version has: with AWS's attributes, which are pairs of text, there may be some. */
export const unheardOf = (answer: object, fates: Readonly<Record<string, Fate>>): string[] =>
  Object.keys(answer).filter((field) => fates[field] === undefined);

/** The input of tags; none if there are none. */
export const tagsInput = (tags: Readonly<Record<string, string>>): Properties =>
  Object.keys(tags).length === 0 ? {} : { tags };

/** Inputs, with some of `a.b` that belong into one that is there. */
export function withInputs(live: Properties, more: Properties): Properties {
  const all: Record<string, Value> = { ...live };
  for (const [path, value] of Object.entries(more)) {
    const [first = "", within] = path.split(".");
    if (within === undefined) all[first] = value;
    else all[first] = known({ ...(all[first] as Properties | undefined), [within]: value });
  }
  return all;
}
