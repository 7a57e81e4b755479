/** Settings of apps that others make the pods of: what is refused beside them. */

import { dev } from "../raw";
import type { BadSettings } from ".";

const existing = (change: object, all: object = {}) => ({
  ...dev({}),
  apps: { shop: { host: "shop.example.com", service: "shop", canaryService: "shop-next", ...change } },
  ...all,
});

const BESIDE =
  "allowed: no such key beside service: whoever makes the Services sets that, in Helm, Argo CD or another stack$";

/** A setting that shapes pods, with a value. */
const ofPods: Readonly<Record<string, unknown>> = {
  image: "shop:1",
  canaryImage: "shop:2",
  branches: { images: { one: "shop:3" } },
  debug: { runtimeClass: "kata", sidecar: { image: "tools:1" } },
  replicas: 4,
  canaryReplicas: 2,
  autoscaling: { min: 1, max: 2 },
  minReadyCapacity: 3,
  createNamespace: true,
  env: { A: "1" },
  args: ["-v"],
  downwardApi: true,
  resources: { cpu: "1" },
  runAsNonRoot: true,
  imagePullSecrets: ["pull"],
  serviceAccountName: "shop",
  nodeSelector: { pool: "spot" },
  startupSeconds: 5,
  preStopSeconds: 5,
  terminationGraceSeconds: 50,
  port: 9000,
};

export const badWorkloads: BadSettings = [
  ...Object.entries(ofPods).map(([key, value]) => ({
    title: `${key} beside a Service that others make`,
    raw: existing({ [key]: value }),
    line: new RegExp(`^apps\\.shop\\.${key} is .*; ${BESIDE}`),
  })),
  ...["image", "replicas", "args", "runtimeClass"].map((key) => ({
    title: `a canary's ${key} beside Services that others make`,
    raw: existing({
      canaries: {
        blue: {
          weight: 1,
          service: "shop-blue",
          [key]: { image: "shop:1", replicas: 2, args: ["-v"], runtimeClass: "kata" }[key],
        },
      },
    }),
    line: new RegExp(`^apps\\.shop\\.canaries\\.blue\\.${key} is .*; ${BESIDE}`),
  })),
  {
    title: "secrets of pods that others make",
    raw: existing({}, { secrets: { shop: { TOKEN: "sesame" } } }),
    line: new RegExp(`^secrets\\.shop is "?\\[secret\\]"?; ${BESIDE}`),
  },
  {
    title: "a canary without a Service beside one that others make",
    raw: existing({ canaries: { blue: { weight: 1 } } }),
    line: /^apps\.shop\.canaries\.blue\.service is missing: set it to a Service, as apps\.shop\.service is one/,
  },
  {
    title: "one Service for primary and canary",
    raw: existing({ canaryService: "shop" }),
    line: /^apps\.shop\.canaryService is "shop"; allowed: another Service than apps\.shop\.service$/,
  },
  {
    title: "a weight for a canary whose Service nobody names",
    raw: existing({ canaryService: undefined, canaryWeight: 5 }),
    line: /^apps\.shop\.canaryWeight is 5; allowed: together with canaryService only$/,
  },
  {
    title: "a canary's Service beside a primary that the program makes",
    raw: dev({ apps: { myapp: { canaryService: "next" } } }),
    line: /^apps\.myapp\.canaryService is "next"; allowed: together with the app's service only$/,
  },
  {
    title: "the port of Services that the program makes",
    raw: dev({ apps: { myapp: { servicePort: 8080 } } }),
    line: /^apps\.myapp\.servicePort is 8080; allowed: together with the app's manifest or service only$/,
  },
  {
    title: "a Service's name that can be none",
    raw: existing({ service: "Shop" }),
    line: /^apps\.shop\.service is "Shop"; allowed: the name of a Service/,
  },
  {
    title: "a split by numbers of pods that others decide",
    raw: existing({ router: "replicas" }),
    line: /^apps\.shop\.router is "replicas"; allowed: a router that shares requests out between Services, beside service: replicas does it by numbers of pods$/,
  },
  {
    title: "a switch of a Service between pods whose labels nobody knows",
    raw: existing({ router: "blue-green", canaryWeight: 0 }),
    line: /^apps\.shop\.router is "blue-green"; allowed: .*: blue-green makes a Service of its own, which has to select the pods by their labels$/,
  },
  {
    title: "a front Service within the cluster for pods whose labels nobody knows",
    raw: existing({ router: "istio", host: undefined }),
    line: /^apps\.shop\.router is "istio"; allowed: .*: istio makes a Service of its own/,
  },
  {
    title: "a shield for Services whose ports' names nobody knows",
    raw: existing({ shield: true }),
    line: /^apps\.shop\.shield is true; allowed: false beside service: /,
  },
  {
    title: "a fresh baseline of pods that others make",
    raw: existing({}, { rollout: { baseline: "fresh" } }),
    line: /^rollout\.baseline is "fresh"; allowed: primary, with shop: its pods are made by whoever makes its Services/,
  },
  {
    title: "a controller that takes the steps of an app whose pods others make",
    raw: existing({}, { canaryWeight: 0, rollout: { engine: "argo-rollouts" } }),
    line: /^rollout\.engine is "argo-rollouts"; allowed: pulumi, with apps\.shop\.service$/,
  },
];
