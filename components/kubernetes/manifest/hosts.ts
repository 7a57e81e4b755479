import { type ApiObject, isFields, type Plain } from "./object";

const KEYS = /^(host|hosts|hostname|hostnames|fqdn)$/;

/** Host names that a route of any kind serves: by fields of such names, or by Traefik's rules. */
export const routeHosts = (object: ApiObject): string[] => [...new Set(hostsIn(object.spec))];

function hostsIn(value: Plain | undefined, key = ""): string[] {
  if (typeof value === "string") {
    if (KEYS.test(key)) return [value];
    return key === "match" ? [...value.matchAll(/`([^`]+)`/g)].map(([, host = ""]) => host) : [];
  }
  if (Array.isArray(value)) return value.flatMap((each) => hostsIn(each as Plain, key));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([name, below]) => hostsIn(below, name));
}
