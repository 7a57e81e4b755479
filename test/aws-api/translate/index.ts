/** Every resource type of the program's on AWS, as requests to AWS's APIs. */

import { type Properties, parsePath, type Value } from "../../../offline/values";
import { mapLeavesAt } from "../../leaves";
import type { ApiRequest } from "../api";
import { autoScalingTranslators } from "./autoscaling";
import { cloudWatchTranslators } from "./cloudwatch";
import { ec2Translators } from "./ec2";
import { eksTranslators } from "./eks";
import { elbTranslators } from "./elb";
import { iamTranslators } from "./iam";
import { lbTranslators } from "./lb";
import { route53Translators } from "./route53";
import type { Translation, Translator } from "./translation";

const TRANSLATORS: Readonly<Record<string, Translator>> = {
  ...ec2Translators,
  ...autoScalingTranslators,
  ...elbTranslators,
  ...lbTranslators,
  ...route53Translators,
  ...iamTranslators,
  ...cloudWatchTranslators,
  ...eksTranslators,
};

export function translatorOf(type: string): Translator {
  const found = TRANSLATORS[type];
  if (found === undefined) throw new Error(`${type}: no translator to AWS's API`);
  return found;
}

/** The requests that make a resource of these inputs, all known. */
export const translate = (type: string, inputs: Properties, position: number): Translation =>
  translatorOf(type).translate(inputs, position);

/** Every request about a resource, as far as it can be told before there is one: what follows its creation has sample outputs. */
export function allRequests(type: string, inputs: Properties): ApiRequest[] {
  const { sample } = translatorOf(type);
  const { create, after, onUpdate = [] } = translate(type, inputs, 0);
  return [create, ...(after?.(sample) ?? []), ...onUpdate];
}

/**
 * Paths of inputs that AWS never hears of: the requests are the same whatever they are. What the translator lists as the
 * provider's alone is left out.
 */
export function unheard(type: string, inputs: Properties): string[] {
  const ignored = ["__defaults", ...translatorOf(type).providerOnly];
  const asked = requestsText(type, inputs);
  const paths: string[] = [];
  mapLeavesAt(inputs, (leaf, path) => {
    if (!ignored.includes(parsePath(path)[0] ?? "")) paths.push(path);
    return leaf;
  });
  return paths.filter((path) => requestsText(type, changedAt(inputs, path)) === asked);
}

const requestsText = (type: string, inputs: Properties): string =>
  JSON.stringify(allRequests(type, inputs).map(({ command }) => command.input));

const changedAt = (inputs: Properties, path: string): Properties =>
  mapLeavesAt(inputs, (leaf, at) => (at === path ? another(leaf) : leaf)) as Properties;

function another(leaf: Value): Value {
  if (typeof leaf === "boolean") return !leaf;
  return typeof leaf === "number" ? leaf + 1 : `${leaf}x`;
}
