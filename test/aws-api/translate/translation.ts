import type { Unwrap } from "@pulumi/pulumi";
import type { Properties } from "../../../offline/values";
import type { ApiRequest } from "../api";

/** What the provider asks of AWS for one resource. */
export interface Translation {
  readonly create: ApiRequest;
  /** Outputs that other resources take, from the answer to `create`; `id` among them. */
  outputs(answer: object): Properties;
  /** What it asks once the resource is there. */
  after?(outputs: Properties): ApiRequest[];
  /** What it asks in a later update alone. */
  onUpdate?: ApiRequest[];
}

/** How the inputs of one resource type become requests. */
export interface Translator {
  /** Inputs by which the provider itself goes, and of which AWS never hears. */
  readonly providerOnly: readonly string[];
  /** Outputs as AWS would shape them, for requests that are checked and not sent. */
  readonly sample: Properties;
  translate(inputs: Properties, position: number): Translation;
}

/** A translator that reads its inputs as the provider's package types them. */
export function translator<Args>(spec: {
  readonly providerOnly?: readonly string[];
  readonly sample: Properties;
  /** @param position of the resource in its graph, from 0 */
  translate(inputs: Unwrap<Args>, position: number): Translation;
}): Translator {
  return {
    providerOnly: spec.providerOnly ?? [],
    sample: spec.sample,
    translate: (inputs, position) => spec.translate(inputs as unknown as Unwrap<Args>, position),
  };
}

/** Tags as the APIs list them. */
export const tagList = (tags: Record<string, string> | undefined): { Key: string; Value: string }[] =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));

/** Provider's texts for flags that may be unset. */
export const flag = (value: string | boolean | undefined): boolean | undefined =>
  value === undefined ? undefined : String(value) === "true";
