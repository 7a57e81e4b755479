import { type RouterName, routerNames, routers, type Traits } from "../../components/routers";
import { isWildcard } from "../../components/routers/path";
import { type AppSettings, hostKeys, routeOf, routersOf } from "../apps";
import { platforms } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { podsOfOthers } from "./workload-kinds";

/** Problems of apps with the routers that they ask for. */
export function routeProblems(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  if (!platforms[parsed.platform].hasCluster) return [];
  const ofEach = apps.flatMap((app) => {
    const ofRouters = routersOf(app).flatMap((name) => {
      const refused = [...beyond(app, name), ...unread(parsed, app, name)];
      return refused.length > 0 ? refused : ownProblems(parsed, app, name);
    });
    return [
      ...unknownVariants(app),
      ...withoutHost(app),
      ...cookieWithTwoMeanings(app),
      ...cookieTakenAway(app),
      ...foreignSettings(parsed, app),
      ...(ofRouters.length > 0 ? ofRouters : [...sharedObjects(parsed, app), ...podsOfOthers(parsed, app)]),
    ];
  });
  return ofEach.length > 0 ? ofEach : neighbourProblems(parsed, apps);
}

/** What keeps apps from sharing a host, said once of those that do. */
function neighbourProblems(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  const told = new Set<AppSettings>();
  const onHost = new Map<string, Set<AppSettings>>();
  for (const app of apps)
    for (const { host } of hostKeys(app)) onHost.set(host, (onHost.get(host) ?? new Set()).add(app));
  return apps.flatMap((app) => {
    const sharing = new Set(hostKeys(app).flatMap(({ host }) => [...(onHost.get(host) ?? [])]));
    const beside = sharing.size > 1 ? apps.filter((other) => other !== app && sharing.has(other)) : [];
    if (beside.some((other) => told.has(other))) return [];
    const problems = withNeighbours(parsed, app, beside);
    if (problems.length > 0) told.add(app);
    return problems;
  });
}

/** What says which of a host's requests are the app's, though it has no host. */
function withoutHost({ name, host, hosts, path, pathType, stripPath }: AppSettings): Problem[] {
  const key = (setting: string): string => `apps.${name}.${setting}`;
  const ofHost = [
    ...(hosts.length > 0 ? [{ key: key("hosts"), value: hosts }] : []),
    ...(path !== undefined ? [{ key: key("path"), value: path }] : []),
  ].flatMap((one) => (host === undefined ? [{ ...one, allowed: "together with host only" }] : []));
  const ofPath = [
    ...(pathType !== "prefix" ? [{ key: key("pathType"), value: pathType }] : []),
    ...(stripPath ? [{ key: key("stripPath"), value: true }] : []),
  ].flatMap((one) => (path === undefined ? [{ ...one, allowed: "together with path only" }] : []));
  return [...ofHost, ...ofPath];
}

/** Other routers than the app's, and what its own says. */
function withNeighbours({ traefik }: Parsed, app: AppSettings, beside: readonly AppSettings[]): Problem[] {
  const key = `apps.${app.name}.router`;
  const unlike = beside.filter(({ router }) => router !== app.router);
  if (unlike.length > 0)
    return unlike.map(({ name, router }) => ({
      key,
      value: app.router,
      allowed: `${router}, as ${name} has it: apps that share a host have one router`,
    }));
  const others = beside.map((other) => routeOf(other, traefik));
  if (others.length === 0) return [];
  const problems = routers[app.router].besideProblems?.(routeOf(app, traefik), others) ?? [];
  return problems.map((allowed) => ({ key, value: app.router, allowed }));
}

/** Routers that an app can't have beside each other: their objects have the same kinds and names. */
function sharedObjects({ traefik }: Parsed, app: AppSettings): Problem[] {
  const owners = new Map<string, RouterName>();
  return routersOf(app).flatMap((name): Problem[] => {
    const objects = routers[name]
      .manifests(routeOf(app, traefik, name))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const shared = objects.find((object) => owners.has(object));
    for (const object of objects) owners.set(object, owners.get(object) ?? name);
    if (shared === undefined) return [];
    const allowed = `a router whose objects have other names than those of ${owners.get(shared)}: both have ${shared}`;
    return [{ key: `apps.${app.name}.alsoRoutedBy`, value: app.alsoRoutedBy, allowed }];
  });
}

/** Matches and mirrors of a canary that the app does not have. */
function unknownVariants({ name, match, mirror, canaries }: AppSettings): Problem[] {
  const known = canaries.map((canary) => canary.name);
  const asked = [
    ...match.map(({ variant }, i) => ({ key: `apps.${name}.match[${i}].variant`, value: variant })),
    ...(mirror ? [{ key: `apps.${name}.mirror.variant`, value: mirror.variant }] : []),
  ];
  const allowed =
    known.length > 0 ? `a canary of the app: ${known.join(", ")}` : "together with a canary only";
  return asked.filter(({ value }) => !known.includes(value)).map((problem) => ({ ...problem, allowed }));
}

/** A match that would take the users whom `sticky` keeps by the same cookie. */
function cookieWithTwoMeanings({ name, match, sticky }: AppSettings): Problem[] {
  const i = match.findIndex(({ kind, name }) => kind === "cookie" && name === sticky?.cookie);
  if (i < 0) return [];
  const allowed = `a name that no cookie of match has, as match[${i}] does`;
  return [{ key: `apps.${name}.sticky.cookie`, value: sticky?.cookie, allowed }];
}

/** Changes of headers that would take the cookie of `sticky` out of requests or answers. */
function cookieTakenAway({ name, sticky, requestHeaders, responseHeaders }: AppSettings): Problem[] {
  const lost = { requestHeaders: "cookie", responseHeaders: "set-cookie" } as const;
  return Object.entries({ requestHeaders, responseHeaders }).flatMap(([key, changes]): Problem[] => {
    const names = changes === undefined ? [] : [...Object.keys(changes.set), ...changes.remove];
    const header = names.find((one) => one.toLowerCase() === lost[key as keyof typeof lost]);
    if (sticky === undefined || header === undefined) return [];
    return [{ key: `apps.${name}.${key}`, value: header, allowed: "other headers together with sticky" }];
  });
}

/** Settings of a router that the app does not use. */
function foreignSettings(parsed: Parsed, app: AppSettings): Problem[] {
  const own = routersOf(app);
  return Object.keys(parsed.apps[app.name]?.routers ?? {})
    .filter((name) => !own.includes(name as RouterName))
    .map((name) => ({
      key: `apps.${app.name}.routers.${name}`,
      allowed: `no such key while the app's router is ${app.router}`,
    }));
}

/** What a router's traits exclude. */
function beyond(app: AppSettings, name: RouterName): Problem[] {
  const key = (setting: string): string => `apps.${app.name}.${setting}`;
  const { traits } = routers[name];
  const by = (can: (traits: Traits) => boolean): string => {
    const able = routerNames().filter((other) => can(routers[other].traits));
    return able.length === 0 ? `by no router` : `by ${able.join(", ")}, not by ${name}`;
  };
  const problems: Problem[] = [];
  const refuse = (
    asked: boolean,
    can: (traits: Traits) => boolean,
    setting: string,
    value?: unknown,
  ): void => {
    if (asked && !can(traits)) problems.push({ key: key(setting), value, allowed: by(can) });
  };
  if (app.host === undefined && !traits.internal) {
    const allowed = `a host name such as ${app.name}.example.com; an app without one is served ${by(({ internal }) => internal)}`;
    problems.push({ key: key("host"), allowed });
  }
  app.match.forEach(({ kind, name }, i) => {
    refuse(true, ({ match }) => match.includes(kind), `match[${i}].${kind}`, name);
  });
  refuse(app.sticky !== undefined, ({ sticky }) => sticky !== undefined, "sticky", app.sticky);
  refuse(app.mirror !== undefined, ({ mirror }) => mirror, "mirror", app.mirror);
  refuse(app.shield, ({ shield }) => shield !== undefined, "shield", true);
  app.hosts.forEach((one, i) => {
    refuse(isWildcard(one), ({ wildcards }) => wildcards, `hosts[${i}]`, one);
  });
  if (app.path !== undefined) {
    const { pathType } = app;
    const isKind = ({ paths }: Traits): boolean => paths.includes(pathType);
    refuse(
      true,
      isKind,
      pathType === "exact" ? "pathType" : "path",
      pathType === "exact" ? pathType : app.path,
    );
    refuse(app.stripPath, ({ strip }) => strip, "stripPath", true);
  }
  const { protocol } = app;
  refuse(true, ({ protocols }) => protocols.includes(protocol), "protocol", protocol);
  const { requestTimeoutSeconds, maxBodyBytes, requestHeaders, responseHeaders } = app;
  const isTimed = ({ requestTimeout }: Traits): boolean => requestTimeout !== undefined;
  refuse(requestTimeoutSeconds !== undefined, isTimed, "requestTimeoutSeconds", requestTimeoutSeconds);
  refuse(maxBodyBytes !== undefined, ({ maxBody }) => maxBody !== undefined, "maxBodyBytes", maxBodyBytes);
  refuse(requestHeaders !== undefined, ({ headers }) => headers, "requestHeaders", requestHeaders);
  refuse(responseHeaders !== undefined, ({ headers }) => headers, "responseHeaders", responseHeaders);
  refuse(app.splitBy === "clients", ({ clients }) => clients !== undefined, "split", "clients");
  const { canaryTimeoutSeconds } = app;
  refuse(
    canaryTimeoutSeconds !== undefined,
    ({ canaryTimeout }) => canaryTimeout !== undefined,
    "canaryTimeoutSeconds",
    canaryTimeoutSeconds,
  );
  for (const canary of app.canaries) {
    const setting = canary.name === "canary" ? "canaryHost" : `canaries.${canary.name}.host`;
    refuse(canary.host !== undefined, ({ canaryHost }) => canaryHost, setting, canary.host);
  }
  return problems;
}

/** A router whose objects the stack's Traefik does not read, or is not told to. */
function unread({ traefik }: Parsed, app: AppSettings, name: RouterName): Problem[] {
  const { traefikProvider: needed } = routers[name];
  if (!traefik.install || needed === undefined) return [];
  const by = `which router ${name} of ${app.name} needs`;
  const version = needed === "kubernetes" ? "v1" : "v3";
  if (traefik.version !== version) {
    return [{ key: "traefik.version", value: traefik.version, allowed: `${version}, ${by}` }];
  }
  const { providers } = traefik;
  if (needed === "kubernetes" || providers === undefined || providers.includes(needed)) return [];
  const allowed =
    `no such key, or ${[...providers, needed].join(", ")}, ${by}; ` +
    `where another controller reads router ${name}'s objects, traefik.install false`;
  return [{ key: "traefik.providers", value: providers, allowed }];
}

function ownProblems(parsed: Parsed, app: AppSettings, name: RouterName): Problem[] {
  return routers[name]
    .problems(routeOf(app, parsed.traefik, name))
    .map((allowed) => ({ key: `apps.${app.name}.router`, value: name, allowed }));
}
