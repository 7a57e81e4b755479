/**
 * Who gets what: for the host of each app, which share of its users DNS leads to which side, and which version they get there,
 * before and after an update. Reports, the diagram and policies read it here.
 */

import { isDeepStrictEqual } from "node:util";
import { shortened } from "../base/escape";
import { gathered } from "../base/gathered";
import type { Side } from "../components/aws/dns";
import { type Existing, existingName } from "../components/aws/existing";
import { awsTypes, fleetTypes } from "../components/aws/types";
import { variantName } from "../components/traffic";
import { readWeights, type ShownWeight, servicesIn } from "./shown";
import { outputsOf, type ResourceState } from "./state";
import type { Step } from "./step";
import { isObject, type Properties, type Value, valueAt } from "./values";

/** One version of an app, before or after the update. */
export interface ShownVariant {
  /** `primary`, or the canary's name. */
  readonly name: string;
  readonly weight: ShownWeight;
  /** Container images in the cluster, parted by commas, machine image of the fleet; none if it can't be known. */
  readonly images: Images;
  /** What leads to it, if others make that and what is behind: `NAMESPACE/NAME` of a Service; a target group or group by its name. */
  readonly service?: string;
}

export type Images = Readonly<Partial<Record<Side, string>>>;

/** An app before or after the update. */
export interface AppSide {
  /** Where users find it: its host name, with its path if it has one; several are parted by commas. */
  readonly host?: string;
  /** Percent of its users that DNS leads to each side on which it runs; empty if that can't be known. */
  readonly sides: Readonly<Partial<Record<Side, number>>>;
  readonly variants: readonly ShownVariant[];
}

/** Images without their registries, digests cut short. */
export function shortImage(images: string): string {
  const names = images.split(BETWEEN_IMAGES).map((image) => image.slice(image.lastIndexOf("/") + 1));
  const short = names.map((name) => name.replace(/(@sha256:[0-9a-f]{8})[0-9a-f]+$/, "$1"));
  return shortened(short.join(BETWEEN_IMAGES), 40);
}

const BETWEEN_IMAGES = ", ";

/** What answers a variant's users: its images, or what leads to others' pods or instances, of which nobody knows what they run. */
export const versionsOf = ({ images, service }: ShownVariant): string[] =>
  service === undefined ? [...new Set(Object.values(images))] : [service];

/** An app on both sides; undefined if it is not there. */
export interface AppShift {
  readonly app: string;
  readonly before?: AppSide;
  readonly after?: AppSide;
}

/** A variant on both sides. */
export interface VariantShift {
  readonly name: string;
  readonly before?: ShownVariant;
  readonly after?: ShownVariant;
}

/** Each address in `AppSide.host`. */
export const addressesIn = ({ host }: Pick<AppSide, "host">): string[] => host?.split(", ") ?? [];

/** Whether requests for one address are among those for another: `*.example.com`, a path above it, or itself. */
export function isWithin(address: string, other: string): boolean {
  const [inner, outer] = [address, other].map((one) => {
    const [, host = "", path = "", exact] = /^([^/ ]*)(\/\S*)?( \(exact\))?$/.exec(one) ?? [];
    return { host, path, isExact: exact !== undefined };
  });
  if (inner === undefined || outer === undefined) return false;
  const isHost =
    inner.host === outer.host ||
    (outer.host.startsWith("*.") && inner.host.replace(/^[^.]+/, "*") === outer.host);
  if (!isHost || outer.path === "") return isHost;
  const isPath = inner.path === outer.path && (inner.isExact || !outer.isExact);
  return isPath || (!outer.isExact && inner.path.startsWith(`${outer.path}/`));
}

/** An address of one app that no longer leads to it. */
export interface LostAddress {
  readonly app: string;
  readonly address: string;
  /** The app that its users get instead; none if they lose their route. */
  readonly to?: string;
}

/** What users of each address lose: the app that they had there. */
export function lostAddresses(shifts: readonly AppShift[]): LostAddress[] {
  const [was, is] = [takersOf(shifts, "before"), takersOf(shifts, "after")];
  const all = new Set([...was.values(), ...is.values()].flat().map(({ address }) => address));
  return [...all].flatMap((address) => {
    const app = ownerOf(address, was);
    const to = ownerOf(address, is);
    return app === undefined || app === to ? [] : [{ app, address, ...(to !== undefined && { to }) }];
  });
}

/** Apps with their addresses, by host and path: a stack may have thousands of them. */
type Takers = ReadonlyMap<string, readonly { readonly app: string; readonly address: string }[]>;

function takersOf(shifts: readonly AppShift[], when: "before" | "after"): Takers {
  const all = shifts.flatMap(({ app, [when]: side = {} }) =>
    addressesIn(side).map((address) => ({ app, address })),
  );
  return gathered(all, ({ address }) => address.replace(EXACT, ""));
}

const EXACT = / \(exact\)$/;

/** The app that requests for an address come to: routers take the address that says most. */
function ownerOf(address: string, takers: Takers): string | undefined {
  const taking = keysAbove(address)
    .flatMap((key) => takers.get(key) ?? [])
    .filter((one) => isWithin(address, one.address));
  return taking.find((one) => taking.every((other) => isWithin(one.address, other.address)))?.app;
}

/** Steps of a path that are looked at; no router's rule has more. */
const DEEPEST = 100;

/** Where an address could be within: itself, each path above it, and the same of its domain. */
function keysAbove(address: string): string[] {
  const key = address.replace(EXACT, "");
  const [host = "", ...steps] = key.split("/", DEEPEST);
  const hosts = new Set([host, host.replace(/^[^.]+/, "*")]);
  const paths = steps.map((_, i) =>
    steps
      .slice(0, i + 1)
      .map((step) => `/${step}`)
      .join(""),
  );
  return [...new Set([key, ...[...hosts].flatMap((one) => ["", ...paths].map((path) => one + path))])];
}

/** Every app of the stack, those that go last. */
export function appShifts(steps: readonly Step[]): AppShift[] {
  const before = audienceOf(steps.flatMap(({ old }) => old ?? []));
  const after = audienceOf(steps.flatMap(({ fresh }) => fresh ?? []));
  return [...new Set([...after.keys(), ...before.keys()])].map((app) => {
    const [was, is] = [before.get(app), after.get(app)];
    return { app, ...(was && { before: was }), ...(is && { after: is }) };
  });
}

/** The variants of an app side by side, those that go last. */
export function variantShifts({ before, after }: AppShift): VariantShift[] {
  const find = (side: AppSide | undefined, name: string): ShownVariant | undefined =>
    side?.variants.find((variant) => variant.name === name);
  const names = new Set([...(after?.variants ?? []), ...(before?.variants ?? [])].map(({ name }) => name));
  return [...names].map((name) => {
    const [was, is] = [find(before, name), find(after, name)];
    return { name, ...(was && { before: was }), ...(is && { after: is }) };
  });
}

/** Whether what users get of the variant changes. */
export const isShifted = ({ before, after }: VariantShift): boolean =>
  before?.weight.asked !== after?.weight.asked ||
  before?.weight.effective !== after?.weight.effective ||
  before?.service !== after?.service ||
  !isDeepStrictEqual(before?.images, after?.images);

/** Percent of an app's users on Kubernetes; undefined if the app is not there, or that can't be known. */
const onKubernetes = (side: AppSide | undefined): number | undefined =>
  side === undefined || Object.keys(side.sides).length === 0 ? undefined : (side.sides.kubernetes ?? 0);

/** How DNS moves the app's users between AWS and Kubernetes, in percent on Kubernetes; undefined if it does not. */
export function sideShift({
  before,
  after,
}: AppShift): { readonly from: number; readonly to: number } | undefined {
  const [from, to] = [onKubernetes(before), onKubernetes(after)];
  return from === undefined || to === undefined || from === to ? undefined : { from, to };
}

/** Whether what the app's users get changes. */
export const changesTraffic = (shift: AppShift): boolean =>
  shift.before?.host !== shift.after?.host ||
  sideShift(shift) !== undefined ||
  variantShifts(shift).some(isShifted);

/** Who gets what of a stack's resources, by app. */
export function audienceOf(resources: readonly ResourceState[]): Map<string, AppSide> {
  const images = new Map<string, Images>();
  const sidesOf = new Map<string, Side[]>();
  const others = new Map<string, Existing>();
  for (const { type, name, inputs, outputs } of resources) {
    if (type === fleetTypes.existing) {
      sidesOf.set(name, ["elb"]);
      others.set(name, (outputs.existing ?? {}) as Existing);
    }
    const found = imageOf(type, inputs);
    if (found === undefined) continue;
    const image = typeof found.image === "string" ? { [found.side]: found.image } : {};
    images.set(name, { ...images.get(name), ...image });
    sidesOf.set(name, [...(sidesOf.get(name) ?? []), found.side]);
  }
  const outputs = outputsOf(resources);
  const shared = valueAt(outputs, "dns.kubernetes.effective");
  return new Map(
    Object.entries(readWeights(outputs)).map(([app, weights]) => {
      const host = valueAt(outputs, `hosts.${app}`);
      const services = servicesIn(outputs, app);
      const variants = primaryFirst(weights).map(([name, weight]) => {
        const known = images.get(variantName(app, name));
        const existing = others.get(app);
        const service =
          known === undefined ? (services?.[name] ?? (existing && existingName(existing, name))) : undefined;
        return { name, weight, images: known ?? {}, ...(service !== undefined && { service }) };
      });
      const own: readonly Side[] = sidesOf.get(app) ?? (services === undefined ? [] : ["kubernetes"]);
      const sides = sharesOf(own, typeof shared === "number" ? shared : undefined);
      return [app, { variants, sides, ...(typeof host === "string" && { host }) }];
    }),
  );
}

function sharesOf(sides: readonly Side[], kubernetes: number | undefined): AppSide["sides"] {
  if (kubernetes !== undefined) return { elb: 100 - kubernetes, kubernetes };
  const [only, ...others] = sides;
  return only === undefined || others.length > 0 ? {} : { [only]: 100 };
}

/** The engine and the SDK each have their own order of keys. */
const primaryFirst = (weights: Record<string, ShownWeight>): [string, ShownWeight][] =>
  Object.entries(weights).sort(
    ([a], [b]) => Number(b === "primary") - Number(a === "primary") || (a < b ? -1 : 1),
  );

/** The image of a variant's workload, and the side on which it runs. */
function imageOf(
  type: string,
  inputs: Properties,
): { readonly side: Side; readonly image: Value | undefined } | undefined {
  if (type === "kubernetes:apps/v1:Deployment") {
    const containers = valueAt(inputs, "spec.template.spec.containers");
    const images = Array.isArray(containers) ? containers.map((one) => isObject(one) && one.image) : [];
    const isKnown = images.length > 0 && images.every((image) => typeof image === "string");
    return { side: "kubernetes", image: isKnown ? images.join(BETWEEN_IMAGES) : undefined };
  }
  return type === awsTypes.launchTemplate ? { side: "elb", image: inputs.imageId } : undefined;
}
