/** Small resource graphs, and what a rule says to them. */
import type { AppSide } from "../../offline/audience";
import type { Op } from "../../offline/step";
import type { Properties } from "../../offline/values";
import { holdAgainst } from "../../policy/evaluate";
import type { AppWeights, Graph, GraphResource, GraphWithChanges } from "../../policy/graph";
import { parsePolicies } from "../../policy/settings";
import type { RuleName } from "../../stacks/schema/policies";

const TODAY = "2026-06-15";

/** A resource of app `myapp`. */
export function resource(type: string, name: string, props: object = {}, protect = false): GraphResource {
  return {
    urn: `urn:pulumi:test::canary-traffic::${type}::${name}`,
    type,
    name,
    props: props as Properties,
    protect,
    parent: component(type, "myapp"),
  };
}

/** The same resource, of another app. */
export const ofApp = (app: string, of: GraphResource): GraphResource => ({
  ...of,
  parent: component(of.type, app),
});

const component = (type: string, app: string): string =>
  `urn:pulumi:test::canary-traffic::canary-traffic:${type.startsWith("aws:") ? "aws:CanaryFleet" : "kubernetes:CanaryApp"}::${app}`;

/** An Auto Scaling group of one variant. */
export const group = (name: string, track: "primary" | "canary", sizes: object): GraphResource =>
  resource("aws:autoscaling/group:Group", name, { tags: [{ key: "track", value: track }], ...sizes });

/** A Deployment, in namespace `myapp` of app `myapp` unless said otherwise. */
export function deployment(
  name: string,
  { replicas = 3, namespace = "myapp", labels = {}, pod = {}, container = {} } = {},
): GraphResource {
  return resource("kubernetes:apps/v1:Deployment", name, {
    metadata: { name, namespace, labels: { "app.kubernetes.io/name": "myapp" } },
    spec: {
      replicas,
      template: { metadata: { labels }, spec: { containers: [{ ...GOOD_CONTAINER, ...container }], ...pod } },
    },
  });
}

const PROBE = { httpGet: { path: "/", port: "http" } };

export const GOOD_CONTAINER = {
  name: "app",
  image: "registry.example.com/myapp:1.0.0",
  ports: [{ containerPort: 8080 }],
  readinessProbe: PROBE,
  livenessProbe: PROBE,
  resources: { requests: { cpu: "100m", memory: "128Mi" } },
};

/** Weights of app `myapp`, effective as asked. */
export function weights(canaries: Record<string, number>): AppWeights {
  const all = {
    primary: 100 - Object.values(canaries).reduce((sum, weight) => sum + weight, 0),
    ...canaries,
  };
  return {
    myapp: Object.fromEntries(
      Object.entries(all).map(([variant, asked]) => [variant, { asked, effective: asked }]),
    ),
  };
}

export const graph = (
  resources: readonly GraphResource[],
  canaries: Record<string, number> = {},
  stack = "test",
): Graph => ({ stack, resources, weights: weights(canaries) });

/** One side of an update: what is there, and the canaries' weights. */
type Side = readonly [resources: readonly GraphResource[], canaries: Record<string, number>];

/** An update; what is on both sides counts as updated. */
export function update([before, was]: Side, [after, is]: Side): GraphWithChanges {
  const urns = new Set([...before, ...after].map(({ urn }) => urn));
  const steps = [...urns].map((urn) => {
    const [old, fresh] = [before.find((one) => one.urn === urn), after.find((one) => one.urn === urn)];
    const op: Op = old === undefined ? "create" : fresh === undefined ? "delete" : "update";
    return {
      op,
      ...(old && { before: old }),
      ...(fresh && { after: fresh }),
      retained: false,
      replaceReasons: [],
      changed: [],
      besideWeights: false,
    };
  });
  return {
    ...graph(after, is),
    changes: { steps, weights: weights(was), apps: [], routers: {}, expired: [] },
  };
}

/** One side of app `myapp`. */
export function side(
  host: string,
  canaries: Record<string, number>,
  images: Record<string, string> = {},
  sides: AppSide["sides"] = { kubernetes: 100 },
): AppSide {
  const variants = Object.entries(weights(canaries).myapp ?? {}).map(([name, weight]) => ({
    name,
    weight,
    images:
      images[name] === undefined
        ? {}
        : Object.fromEntries(Object.keys(sides).map((at) => [at, images[name]])),
  }));
  return { host, sides, variants };
}

/** An update of what users of myapp get. */
export const moved = (before: AppSide, after: AppSide, app = "myapp"): GraphWithChanges => {
  const { changes, ...rest } = update([[], {}], [[], {}]);
  return { ...rest, changes: { ...changes, apps: [{ app, before, after }] } };
};

/** An update that changes this of a resource, and would if all weights stayed. */
export function changedBy(path: string, resource: GraphResource): GraphWithChanges {
  const { changes, ...rest } = update([[resource], {}], [[resource], {}]);
  const steps = changes.steps.map((step) => ({ ...step, changed: [path], besideWeights: true }));
  return { ...rest, changes: { ...changes, steps } };
}

/** The same update, where that is what splits myapp's traffic after it. */
export const routedBy = (router: string, { changes, ...rest }: GraphWithChanges): GraphWithChanges => ({
  ...rest,
  changes: { ...changes, routers: { myapp: router } },
});

/** A Deployment whose number of pods is an autoscaler's, and that. */
export function autoscaled(name: string, minReplicas: number, maxReplicas: number): GraphResource[] {
  const { spec, ...others } = deployment(name).props as { spec: { template: object } };
  return [
    resource("kubernetes:apps/v1:Deployment", name, { ...others, spec: { template: spec.template } }),
    resource("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", name, {
      spec: { minReplicas, maxReplicas },
    }),
  ];
}

/** What one rule says, its findings' messages. */
export function said(rule: RuleName, to: Graph, policies: object = {}): string[] {
  return holdAgainst(to, parsePolicies(JSON.stringify(policies)), TODAY)
    .filter((finding) => finding.rule === rule)
    .map(({ message }) => message);
}
