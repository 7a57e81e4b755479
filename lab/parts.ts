/** What the lab builds from Go modules: see `lab/go`, where each is pinned. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A Go module of ours, which pins one part and everything that it is made of. */
export interface Part {
  /** Folder under `lab/go`. */
  readonly name: string;
  /** Go module that has the programs, and whose version is the part's. */
  readonly module: string;
  /** Program -> Go package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Variables to set to the version when linking: programs built from source do not know theirs. */
  readonly stamp: (version: string) => Readonly<Record<string, string>>;
  /** Files of modules that the lab needs, too: name of the copy -> what it is joined of. */
  readonly files?: Readonly<Record<string, ModuleFiles>>;
}

/** A controller that shifts weights inside the cluster: the suite runs it, a lab does not. */
export const flaggerPart: Part = {
  name: "flagger",
  module: "github.com/fluxcd/flagger",
  programs: { flagger: "github.com/fluxcd/flagger/cmd/flagger" },
  stamp: () => ({}),
  files: { "flagger.yaml": { module: "github.com/fluxcd/flagger", paths: ["artifacts/flagger/crd.yaml"] } },
};

/** A public app, with its own manifests: what asks for its image has it built before. */
export const podinfoPart: Part = {
  name: "podinfo",
  module: "github.com/stefanprodan/podinfo",
  programs: {
    podinfo: "github.com/stefanprodan/podinfo/cmd/podinfo",
    podcli: "github.com/stefanprodan/podinfo/cmd/podcli",
  },
  stamp: () => ({}),
  files: {
    "podinfo.yaml": {
      module: "github.com/stefanprodan/podinfo",
      paths: ["deployment", "service", "hpa"].map((name) => `kustomize/${name}.yaml`),
    },
  },
};

/** Parts that a test asks for, and no lab by itself. */
export const furtherParts: readonly Part[] = [flaggerPart, podinfoPart];

/** YAML files of a Go module, to be joined. */
export interface ModuleFiles {
  readonly module: string;
  readonly paths: readonly string[];
}

/** What every lab is made of. */
export const parts: readonly Part[] = [
  {
    name: "etcd",
    module: "go.etcd.io/etcd/server/v3",
    programs: { etcd: "go.etcd.io/etcd/server/v3" },
    stamp: () => ({}),
  },
  {
    name: "kubernetes",
    module: "k8s.io/kubernetes",
    programs: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    },
    stamp: kubernetesStamp,
  },
  {
    name: "kwok",
    module: "sigs.k8s.io/kwok",
    programs: { kwok: "sigs.k8s.io/kwok/cmd/kwok" },
    stamp: (version) => ({ "sigs.k8s.io/kwok/pkg/consts.Version": version }),
  },
  {
    name: "traefik",
    module: "github.com/traefik/traefik/v3",
    programs: { traefik: "github.com/traefik/traefik/v3/cmd/traefik" },
    stamp: (version) => ({ "github.com/traefik/traefik/v3/pkg/version.Version": version.replace(/^v/, "") }),
    files: {
      "traefik.yaml": {
        module: "github.com/traefik/traefik/v3",
        paths: ["docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml"],
      },
    },
  },
  {
    name: "crds",
    module: "sigs.k8s.io/gateway-api",
    programs: {},
    stamp: () => ({}),
    files: {
      "gateway-api.yaml": {
        module: "sigs.k8s.io/gateway-api",
        paths: [
          "backendtlspolicies",
          "gatewayclasses",
          "gateways",
          "grpcroutes",
          "httproutes",
          "listenersets",
          "referencegrants",
          "tlsroutes",
        ].map((kind) => `config/crd/standard/gateway.networking.k8s.io_${kind}.yaml`),
      },
      "istio.yaml": {
        module: "istio.io/api",
        paths: ["kubernetes/customresourcedefinitions.gen.yaml"],
      },
      "openshift.yaml": {
        module: "github.com/openshift/api",
        paths: ["route/v1/zz_generated.crd-manifests/routes.crd.yaml"],
      },
      "contour.yaml": {
        module: "github.com/projectcontour/contour",
        paths: ["examples/contour/01-crds.yaml"],
      },
      "argo-rollouts.yaml": {
        module: "github.com/argoproj/argo-rollouts",
        paths: ["rollout", "analysis-template"].map((kind) => `manifests/crds/${kind}-crd.yaml`),
      },
      "apisix.yaml": {
        module: "github.com/apache/apisix-ingress-controller",
        paths: ["ApisixRoute", "ApisixTls", "ApisixUpstream"].map(
          (kind) => `samples/deploy/crd/v1/${kind}.yaml`,
        ),
      },
    },
  },
];

/** The custom resource definitions that every lab has, each a file of a part's. */
export const definitionFiles: readonly string[] = parts.flatMap(({ files = {} }) => Object.keys(files));

/** Without these `kubectl version` can't parse what the API server answers. */
function kubernetesStamp(version: string): Record<string, string> {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`k8s.io/component-base/version.${key}`, value]),
  );
}

/** Whether what the parts are built from is here. */
export const hasSources = (): boolean => existsSync(join(__dirname, "go"));

/** Folder of a part's Go module. */
export const sourceFolder = (part: Part): string => join(__dirname, "go", part.name);

/** The version that a part's go.mod pins, such as `v1.35.4`. */
export function versionOf(part: Part): string {
  const goMod = readFileSync(join(sourceFolder(part), "go.mod"), "utf8");
  const line = goMod.split("\n").find((text) =>
    text
      .trim()
      .replace(/^require /, "")
      .startsWith(`${part.module} v`),
  );
  const version = line
    ?.trim()
    .split(" ")
    .find((word) => /^v\d/.test(word));
  if (version === undefined) throw new Error(`lab/go/${part.name}/go.mod requires no ${part.module}`);
  return version;
}
