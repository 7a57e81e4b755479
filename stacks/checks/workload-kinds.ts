import { isDeepStrictEqual } from "node:util";
import { type RouterName, routers } from "../../components/routers";
import { type AppSettings, routeOf, routersOf } from "../apps";
import { isClusterAlone, platforms } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import {
  appReaders,
  canaryReaders,
  type WorkloadKindName,
  workloadKindOf,
  workloadKinds,
} from "../workload-kinds";

type Raw = Readonly<Record<string, unknown>>;

/**
 * Settings that go with another kind of workload, and what each kind needs.
 *
 * @param raw what `parsed` was made of, without its defaults
 */
export function workloadKindProblems(parsed: Parsed, raw: Raw): Problem[] {
  const given = (raw.apps ?? {}) as Readonly<Record<string, Raw>>;
  return Object.entries(parsed.apps).flatMap(([name, app]) => {
    const kind = workloadKindOf(app);
    const key = `apps.${name}`;
    const canaries = (given[name]?.canaries ?? {}) as Readonly<Record<string, Raw>>;
    return [
      ...foreign(parsed, key, given[name] ?? {}, appReaders, kind),
      ...Object.entries(canaries).flatMap(([canary, of]) =>
        foreign(parsed, `${key}.canaries.${canary}`, of, canaryReaders, kind),
      ),
      ...(kind !== "built" && Object.keys(parsed.secrets[name] ?? {}).length > 0
        ? [{ key: `secrets.${name}`, value: "[secret]", allowed: refusal(kind) }]
        : []),
      ...(kind !== "built" && parsed.rollout.engine !== "pulumi"
        ? [
            {
              key: "rollout.engine",
              value: parsed.rollout.engine,
              allowed: `pulumi, with ${key}.${workloadKinds[kind].key}`,
            },
          ]
        : []),
      ...(kind === "existing" ? servicesProblems(key, app) : []),
      ...(kind === "manifest" ? canaryProblems(key, app) : []),
    ];
  });
}

const refusal = (kind: WorkloadKindName): string =>
  `no such key beside ${workloadKinds[kind].key}: ${workloadKinds[kind].instead}`;

/** Settings that this kind does not read. A migration's fleets read `port`. */
function foreign(
  { platform }: Parsed,
  path: string,
  given: Raw,
  readers: Readonly<Partial<Record<string, readonly WorkloadKindName[]>>>,
  kind: WorkloadKindName,
): Problem[] {
  return Object.entries(given).flatMap(([name, value]): Problem[] => {
    const able = Object.hasOwn(readers, name) ? readers[name] : undefined;
    const isUnset = [undefined, false, {}, []].some((unset) => isDeepStrictEqual(value, unset));
    if (able === undefined || able.includes(kind) || isUnset) return [];
    if (name === "port" && !isClusterAlone(platforms[platform])) return [];
    if (kind !== "built") return [{ key: `${path}.${name}`, value, allowed: refusal(kind) }];
    const keys = able.map((each) => workloadKinds[each].key).join(" or ");
    return [{ key: `${path}.${name}`, value, allowed: `together with the app's ${keys} only` }];
  });
}

/** Canaries that would be the primary once more. */
function canaryProblems(key: string, app: Parsed["apps"][string]): Problem[] {
  const hasCanary = app.canaryImage !== undefined || app.canaryManifest !== undefined;
  return [
    ...(["canaryWeight", "canaryHost"] as const)
      .filter((needing) => app[needing] !== undefined && !hasCanary)
      .map((needing) => ({
        key: `${key}.${needing}`,
        value: app[needing],
        allowed: "together with canaryImage or canaryManifest only",
      })),
    ...Object.entries(app.canaries)
      .filter(([, { image, manifest }]) => image === undefined && manifest === undefined)
      .map(([name]) => ({
        key: `${key}.canaries.${name}.image`,
        allowed: "an image, or manifest with a Deployment of its own",
      })),
  ];
}

/** Variants without a Service, or with one that another variant has: a split between a Service and itself is none. */
function servicesProblems(key: string, app: Parsed["apps"][string]): Problem[] {
  const variants = [
    { key: `${key}.service`, service: app.service },
    ...(app.canaryService === undefined ? [] : [{ key: `${key}.canaryService`, service: app.canaryService }]),
    ...Object.entries(app.canaries).map(([name, { service }]) => ({
      key: `${key}.canaries.${name}.service`,
      service,
    })),
  ];
  return [
    ...(["canaryWeight", "canaryHost"] as const)
      .filter((needing) => app[needing] !== undefined && app.canaryService === undefined)
      .map((needing) => ({
        key: `${key}.${needing}`,
        value: app[needing],
        allowed: "together with canaryService only",
      })),
    ...variants.flatMap((variant, i): Problem[] => {
      if (variant.service === undefined)
        return [{ key: variant.key, allowed: `a Service, as ${key}.service is one that others make` }];
      const owner = variants.slice(0, i).find(({ service }) => service === variant.service);
      if (owner === undefined) return [];
      return [{ key: variant.key, value: variant.service, allowed: `another Service than ${owner.key}` }];
    }),
  ];
}

/** Label that no pod has. */
const NO_POD = "canary-traffic/of-no-pod";

/** Routers that split by what others make: the number of pods, or Services that select them. */
export function podsOfOthers({ traefik }: Parsed, app: AppSettings): Problem[] {
  const kind = workloadKindOf(app);
  if (kind === "built") return [];
  const refuse = (name: RouterName, why: string): Problem => ({
    key: `apps.${app.name}.router`,
    value: name,
    allowed: `a router that shares requests out between Services, beside ${workloadKinds[kind].key}: ${why}`,
  });
  const unshielded: Problem[] =
    app.shield && routeOf(app, traefik).backends.some(({ portName }) => portName === null)
      ? [
          {
            key: `apps.${app.name}.shield`,
            value: true,
            allowed: `false beside ${workloadKinds[kind].key}: the shield tells requests apart by the port's name, which is not known`,
          },
        ]
      : [];
  const ofRouters = routersOf(app).flatMap((name): Problem[] => {
    if (routers[name].replicas !== undefined) return [refuse(name, `${name} does it by numbers of pods`)];
    const route = routeOf(app, traefik, name);
    const [primary, ...canaries] = route.backends.map((backend) => ({
      ...backend,
      selector: { [NO_POD]: "true" },
    }));
    if (primary === undefined) return [];
    const services = routers[name]
      .manifests({ ...route, backends: [primary, ...canaries] })
      .filter(({ kind }) => kind === "Service");
    return JSON.stringify(services).includes(NO_POD)
      ? [refuse(name, `${name} makes a Service of its own, which has to select the pods by their labels`)]
      : [];
  });
  return [...unshielded, ...ofRouters];
}
