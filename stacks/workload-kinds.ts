/** Who makes an app's pods, and which settings that leaves to say. */
import type { ParsedApp } from "./schema";

/** One way in which an app's pods come to be. */
interface WorkloadKind {
  /** The setting of an app's that chooses it; undefined for the one that needs none. */
  readonly key?: "manifest" | "service";
  /** Where what shapes pods is set instead: the end of a sentence. */
  readonly instead: string;
  /** Why an image step can't be taken: the end of a sentence. */
  readonly whose: string;
}

const registry = {
  /** The program makes all of it from the app's settings. */
  built: { instead: "", whose: "" },
  /** The team's own objects are in a file: the program makes those, and copies for canaries. */
  manifest: {
    key: "manifest",
    instead: "set it in the manifest, or by patches",
    whose: "its pods are the manifest's",
  },
  /** Others make the Services and what is behind them: the program makes the routes alone. */
  existing: {
    key: "service",
    instead: "whoever makes the Services sets that, in Helm, Argo CD or another stack",
    whose: "its pods are made by whoever makes its Services, in Helm, Argo CD or another stack",
  },
} as const satisfies Record<string, WorkloadKind>;

export type WorkloadKindName = keyof typeof registry;

export const workloadKinds: Readonly<Record<WorkloadKindName, WorkloadKind>> = registry;

export function workloadKindOf(app: Pick<ParsedApp, "manifest" | "service">): WorkloadKindName {
  const names = Object.keys(registry) as WorkloadKindName[];
  return (
    names.find((name) => {
      const { key } = workloadKinds[name];
      return key !== undefined && app[key] !== undefined;
    }) ?? "built"
  );
}

const BUILT: readonly WorkloadKindName[] = ["built"];
const DECLARED: readonly WorkloadKindName[] = ["built", "manifest"];
const NAMED: readonly WorkloadKindName[] = ["manifest", "existing"];

/** Settings of an app by the kinds that read them; those not named are read by all. */
export const appReaders: Readonly<Partial<Record<keyof ParsedApp, readonly WorkloadKindName[]>>> = {
  image: DECLARED,
  canaryImage: DECLARED,
  branches: DECLARED,
  debug: BUILT,
  createNamespace: DECLARED,
  replicas: BUILT,
  canaryReplicas: DECLARED,
  autoscaling: BUILT,
  minReadyCapacity: DECLARED,
  env: BUILT,
  args: BUILT,
  downwardApi: BUILT,
  resources: BUILT,
  runAsNonRoot: BUILT,
  networkPolicy: BUILT,
  imagePullSecrets: BUILT,
  serviceAccountName: BUILT,
  nodeSelector: BUILT,
  startupSeconds: BUILT,
  preStopSeconds: BUILT,
  terminationGraceSeconds: BUILT,
  port: BUILT,
  service: ["existing"],
  canaryService: ["existing"],
  servicePort: NAMED,
  canaryManifest: ["manifest"],
  container: ["manifest"],
};

/** The same for settings of one canary. */
export const canaryReaders: Readonly<Partial<Record<string, readonly WorkloadKindName[]>>> = {
  image: DECLARED,
  replicas: DECLARED,
  args: BUILT,
  runtimeClass: BUILT,
  service: ["existing"],
  manifest: ["manifest"],
  namespace: ["built", "existing"],
};
