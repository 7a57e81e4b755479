/**
 * A pod's Traefik runs as a plain process, with two differences to one in a container. It sees the lab's files, not
 * a file system of its own: paths of mounts become those of the folders that stand for them. And it shares a network
 * with every other node: entry points that listen on all addresses listen on its node's alone.
 */
import { parse, stringify } from "yaml";
import type { Mount } from "./volumes";

/** What is particular to one pod. */
export interface TraefikPlace {
  /** Address of the pod, or of its node where it is on the host's network. */
  readonly address: string;
  readonly mounts: readonly Mount[];
}

/** Traefik makes this entry point itself, on all addresses, where ping or metrics use it and nothing defines it. */
const INTERNAL_ENTRY_POINT = { name: "traefik", address: ":8080" };

/** A static configuration (YAML) for one place. */
export function placedTraefikConfiguration(text: string, place: TraefikPlace): string {
  const configuration = (parse(text) ?? {}) as { entryPoints?: Record<string, { address?: string }> };
  const { name, address } = INTERNAL_ENTRY_POINT;
  const entryPoints = Object.entries({ [name]: { address }, ...configuration.entryPoints });
  const placed = entryPoints.map(([entryPoint, settings]) => [
    entryPoint,
    { ...settings, address: placedAddress(settings.address ?? "", place) },
  ]);
  const whole = { ...configuration, entryPoints: Object.fromEntries(placed) };
  return stringify(
    mapStrings(whole, (string) => placedPath(string, place)),
    { aliasDuplicateObjects: false },
  );
}

const ADDRESS_ARGUMENT = /^--entrypoints\.([^.=]+)\.address=(.*)$/i;

/** Command-line arguments for one place. */
export function placedArguments(args: readonly string[], place: TraefikPlace): string[] {
  const placed = args.map((arg) => {
    const [, entryPoint, address] = ADDRESS_ARGUMENT.exec(arg) ?? [];
    if (entryPoint !== undefined)
      return `--entryPoints.${entryPoint}.address=${placedAddress(address ?? "", place)}`;
    const [flag = "", ...value] = arg.split("=");
    return value.length === 0 ? arg : `${flag}=${placedPath(value.join("="), place)}`;
  });
  const { name, address } = INTERNAL_ENTRY_POINT;
  const defined = placed.some((arg) => ADDRESS_ARGUMENT.exec(arg)?.[1] === name);
  return defined ? placed : [...placed, `--entryPoints.${name}.address=${placedAddress(address, place)}`];
}

/** `:80`, `0.0.0.0:80` and `[::]:80/tcp` are all addresses. */
function placedAddress(address: string, place: TraefikPlace): string {
  return address.replace(/^(0\.0\.0\.0|\[::\])?:/, `${place.address}:`);
}

function placedPath(path: string, { mounts }: TraefikPlace): string {
  const mount = mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
  return mount === undefined ? path : mount.path + path.slice(mount.mountPath.length);
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)]));
}
