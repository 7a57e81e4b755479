/** The cluster, and what the program needs in it. */
import { messageOf } from "../../../base/user-error";
import { EDGE_NODE_LABEL } from "../../../components/kubernetes/traefik-pod";
import { routers } from "../../../components/routers";
import type { ResourceState } from "../../../offline/state";
import { routersOf } from "../../../stacks/apps";
import { hasCluster } from "../../../stacks/settings";
import { NoKubeconfigError } from "../../../status/kubeconfig";
import { type DoctorCheck, fine, missing, type Patient } from "../check";

const onCluster = ({ settings }: Patient): boolean => hasCluster(settings);

export const reachable: DoctorCheck = {
  title: "cluster",
  concerns: onCluster,
  async look(patient) {
    const { stack } = patient.configuration;
    try {
      const { context, isNamed, version } = await patient.cluster();
      const what = `${context}, ${await version()}`;
      return fine(
        isNamed ? what : `${what}: the current context, as the stack names none by kubernetes:context`,
      );
    } catch (error) {
      const mend =
        error instanceof NoKubeconfigError
          ? "export KUBECONFIG=FILE"
          : `kubectl config get-contexts, then pulumi config set kubernetes:context NAME -s ${stack}`;
      return missing(messageOf(error), mend);
    }
  },
};

/** An object that the program writes, by what the API knows it as. */
interface Written {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
}

function writtenBy(states: readonly ResourceState[]): Written[] {
  const all = states.flatMap(({ type, inputs }): Written[] => {
    const { apiVersion, kind, metadata } = inputs;
    if (!type.startsWith("kubernetes:") || typeof apiVersion !== "string" || typeof kind !== "string")
      return [];
    const { namespace } = (metadata ?? {}) as { namespace?: unknown };
    return [{ apiVersion, kind, namespace: typeof namespace === "string" ? namespace : undefined }];
  });
  const keyOf = ({ apiVersion, kind, namespace = "" }: Written): string =>
    `${apiVersion} ${kind} ${namespace}`;
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

/** API group of the custom resources that the program installs itself, unless it is told not to. */
const TRAEFIK = "traefik.io";
const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";

/** Those of the program's objects whose kinds have to be there before it. */
async function neededKinds(patient: Patient): Promise<Written[]> {
  const { settings } = patient;
  const makesTraefiks = hasCluster(settings) && settings.traefik.install && settings.traefik.installCrds;
  return writtenBy(await patient.declared()).filter(
    ({ apiVersion }) => !(makesTraefiks && groupOf(apiVersion) === TRAEFIK),
  );
}

export const kinds: DoctorCheck = {
  title: "kinds of objects",
  concerns: onCluster,
  async look(patient) {
    const { settings } = patient;
    const cluster = await patient.cluster();
    const needed = await neededKinds(patient);
    const versions = [...new Set(needed.map(({ apiVersion }) => apiVersion))];
    const absent = await Promise.all(
      versions.map(async (apiVersion) => {
        const there = (await cluster.kinds(apiVersion))?.map(({ kind }) => kind) ?? [];
        const wanted = needed.filter((one) => one.apiVersion === apiVersion && !there.includes(one.kind));
        return [...new Set(wanted.map(({ kind }) => `${kind} (${apiVersion})`))];
      }),
    );
    const names = absent.flat();
    if (names.length === 0) return fine("the cluster has all that the program writes");
    const used = [...new Set(settings.apps.flatMap(routersOf))];
    const needs = used.map((name) => `router ${name} needs ${routers[name].traits.needs}`).join("; ");
    return missing(`the cluster has no ${names.join(", ")}`, `install them: ${needs}`);
  },
};

/** What an update does to objects. */
const VERBS = ["get", "create", "patch", "delete"] as const;

/** Most objects that one line names. */
const MOST_SHOWN = 3;

export const rights: DoctorCheck = {
  title: "rights in the cluster",
  concerns: onCluster,
  async look(patient) {
    const cluster = await patient.cluster();
    const written = writtenBy(await patient.declared());
    const asked = written.map(async ({ apiVersion, kind, namespace }) => {
      const found = (await cluster.kinds(apiVersion))?.find((one) => one.kind === kind);
      if (found === undefined) return [];
      const group = groupOf(apiVersion);
      const place = found.namespaced ? (namespace ?? "default") : undefined;
      const may = await Promise.all(VERBS.map((verb) => cluster.mayI(verb, group, found.name, place)));
      const refused = VERBS.filter((_, i) => may[i] === false);
      const resource = group === "" ? found.name : `${found.name}.${group}`;
      return refused.length === 0 ? [] : [{ resource, place, refused }];
    });
    const denied = (await Promise.all(asked)).flat();
    const [first] = denied;
    if (first === undefined) return fine("whoever asks may write all that the program does");
    const shown = denied.map(
      ({ resource, place, refused }) => `${refused.join(", ")} ${resource}${place ? ` in ${place}` : ""}`,
    );
    const more = shown.length - MOST_SHOWN;
    const where = first.place === undefined ? "" : ` -n ${first.place}`;
    return missing(
      `whoever asks may not ${shown.slice(0, MOST_SHOWN).join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
      `a role of the cluster's administrator; kubectl auth can-i create ${first.resource}${where} tells`,
    );
  },
};

export const edgeNodes: DoctorCheck = {
  title: "edge nodes",
  // Nodes that the program makes bring their label.
  concerns: ({ settings }) => hasCluster(settings) && settings.traefik.install && settings.edge === undefined,
  async look(patient) {
    const names = await (await patient.cluster()).nodes(EDGE_NODE_LABEL);
    if (names.length > 0) return fine(names.join(", "));
    return missing(
      `no node has the label ${EDGE_NODE_LABEL}, so no Traefik runs`,
      `kubectl label node NAME ${EDGE_NODE_LABEL}=`,
    );
  },
};
