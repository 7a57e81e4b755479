import { UserError } from "../base/user-error";
import type { Manifest } from "../components/routers";
import type { HostRoute } from "./data-plane";

interface ServiceReference {
  readonly name: string;
  readonly kind?: string;
  readonly weight?: number;
}

interface IngressRouteSpec {
  readonly routes: readonly {
    readonly match: string;
    readonly priority?: number;
    readonly services: readonly ServiceReference[];
  }[];
}

interface TraefikServiceSpec {
  readonly weighted?: { readonly services: readonly ServiceReference[] };
}

/**
 * Reads Traefik's IngressRoutes with a rule of one `Host()`, and the TraefikServices of kind weighted that they refer to.
 * A route to a TraefikService that isn't among the objects is left out, as Traefik does. Of a sticky cookie nothing is read:
 * every user is a new one.
 *
 * @throws UserError for a rule or a TraefikService of another kind: those of `match`, `mirror`, `shield` and
 *   `split: clients`
 */
export function readTraefik(manifests: readonly Manifest[]): HostRoute[] {
  const weighted = new Map(
    manifests
      .filter(({ kind }) => kind === "TraefikService")
      .map((manifest) => [fullName(manifest, manifest.metadata.name), weightedServices(manifest)]),
  );
  return manifests
    .filter(({ kind }) => kind === "IngressRoute")
    .flatMap((manifest) =>
      (manifest.spec as IngressRouteSpec).routes.flatMap(({ match, priority = match.length, services }) => {
        const [first] = services;
        const reached =
          first?.kind === "TraefikService"
            ? weighted.get(fullName(manifest, first.name))
            : services.map(withWeight);
        return reached === undefined ? [] : [{ host: hostOf(manifest, match), priority, services: reached }];
      }),
    );
}

function weightedServices(manifest: Manifest): HostRoute["services"] {
  const { weighted } = manifest.spec as TraefikServiceSpec;
  if (weighted === undefined) {
    throw new UserError(
      `TraefikService ${manifest.metadata.name}: the embedded data plane reads kind weighted only`,
    );
  }
  return weighted.services.map(withWeight);
}

/** A Service's weight is 1 unless the object says otherwise. */
const withWeight = ({ name, weight = 1 }: ServiceReference) => ({ name, weight });

const fullName = ({ metadata }: Manifest, name: string): string => `${metadata.namespace}/${name}`;

function hostOf(manifest: Manifest, match: string): string {
  const host = /^Host\(`([^`]+)`\)$/.exec(match)?.[1];
  if (host === undefined) {
    throw new UserError(
      `IngressRoute ${manifest.metadata.name}: the embedded data plane reads Host() alone, not ${match}`,
    );
  }
  return host.toLowerCase();
}
