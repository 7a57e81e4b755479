/**
 * Kubernetes objects as the provider compares them: `normalizeInputs` and `pruneLiveState` in provider.go of
 * pulumi-kubernetes v4.28.0.
 */
import { isUnreadable } from "../../base/secrets";
import { amountOf } from "../../components/kubernetes/quantity";
import {
  hasUnknown,
  isObject,
  isSecret,
  ownValue,
  type Properties,
  reveal,
  secret,
  type Value,
} from "../values";

/** API groups of Kubernetes itself, whose types the provider knows; it leaves custom resources as they are. */
const BUILT_IN = /^(v1|(apps|autoscaling|batch|extensions|policy)\/.+|[a-z.]+\.k8s\.io\/.+)$/;

/**
 * The object as it comes back from the types that Kubernetes reads it with: empty lists, maps and texts are left out, and
 * so are false and 0 where they mean the same as nothing. While anything in it is unknown, the provider leaves it alone.
 */
export function normalized(object: Properties): Properties {
  if (!BUILT_IN.test(String(object.apiVersion)) || hasUnknown(object)) return object;
  return (object.kind === "Secret" ? withEncodedData(object) : withoutEmpty(object, "")) as Properties;
}

/** Lists that are written even if they are empty. */
const KEPT_LISTS = new Set(["containers", "rules", "verbs"]);
/** Maps of texts, as against objects of fields, which say something even if they are empty. */
const MAPS = new Set([
  "annotations",
  "binaryData",
  "data",
  "labels",
  "limits",
  "matchLabels",
  "nodeSelector",
  "parameters",
  "requests",
]);
/** Fields that can't tell false or 0 from nothing. */
const ZERO_IS_NOTHING = new Set([
  "failureThreshold",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostPort",
  "initialDelaySeconds",
  "minReadySeconds",
  "nodePort",
  "paused",
  "periodSeconds",
  "publishNotReadyAddresses",
  "readOnly",
  "stdin",
  "stdinOnce",
  "successThreshold",
  "timeoutSeconds",
  "tty",
]);

function withoutEmpty(value: Value, key: string): Value | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0 && !KEPT_LISTS.has(key)) return undefined;
    return value.map((item) => withoutEmpty(item, "") ?? item);
  }
  if (isSecret(value)) return value;
  if (isObject(value)) {
    if (Object.keys(value).length === 0 && MAPS.has(key)) return undefined;
    const entries = Object.entries(value).map(([name, item]) => [
      name,
      MAPS.has(key) ? item : withoutEmpty(item, name),
    ]);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }
  if (value === "") return undefined;
  return (value === 0 || value === false) && ZERO_IS_NOTHING.has(key) ? undefined : value;
}

/** A Secret with `stringData` where the API server moves it; what can't be read is moved as a whole. */
function withEncodedData({ stringData, ...rest }: Properties): Properties {
  if (stringData === undefined) return rest;
  const texts = reveal(stringData);
  const hidden = isSecret(stringData) || isSecret(rest.data);
  const wrap = (data: Value): Properties => ({ ...rest, data: hidden ? secret(data) : data });
  if (!isObject(texts)) return wrap(texts);
  const data = reveal(rest.data ?? {});
  const encoded = Object.entries(texts).map(([key, value]): [string, Value] => [key, encode(value)]);
  return wrap({ ...(isObject(data) && data), ...Object.fromEntries(encoded) });
}

function encode(value: Value): Value {
  const open = reveal(value);
  if (isUnreadable(open)) return value;
  const text = Buffer.from(String(open)).toString("base64");
  return isSecret(value) ? secret(text) : text;
}

/**
 * What the cluster holds, cut to the shape of the inputs that it was made from. A secret that can't be read has no shape:
 * its inputs stand for it.
 */
export function pruned(live: Properties, inputs: Properties): Properties {
  const entries = Object.entries(inputs)
    .filter(([key]) => ownValue(live, key) !== undefined)
    .map(([key, input]) => [key, prunedValue(live[key] as Value, input)]);
  return Object.fromEntries(entries);
}

function prunedValue(live: Value, input: Value): Value {
  if (isSecret(live) && isUnreadable(reveal(live))) return input;
  const [held, given] = [reveal(live), reveal(input)];
  const cut =
    Array.isArray(held) && Array.isArray(given)
      ? given.slice(0, held.length).map((item, i) => prunedValue(held[i] as Value, item))
      : isObject(held) && isObject(given)
        ? pruned(held, given)
        : held;
  return isSecret(live) || isSecret(input) ? secret(cut) : cut;
}

/** Whether two texts are the same amount, as `2000m` and `2` are, at a path where Kubernetes reads amounts. */
export function sameQuantity(path: string, old: Value, fresh: Value): boolean {
  if (!/(^|\.)(requests|limits|capacity|hard|sizeLimit)(\.|\[|$)/.test(path)) return false;
  return amountOf(old) === amountOf(fresh) && amountOf(old) !== undefined;
}
