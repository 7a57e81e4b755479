/**
 * What a pod may not have, field by field: level `baseline` of the Pod Security Standards, of Kubernetes 1.35, as
 * https://kubernetes.io/docs/concepts/security/pod-security-standards and `pod-security-admission/policy` of
 * kubernetes/kubernetes have it. Rule `privileged-pods` reads this table, and so does the policy in the cluster.
 */

/** Who may have a field that others may not. */
type Exempt = "sandboxed" | "edge";

export interface Restriction {
  /** Short name, such as `host namespaces`. */
  readonly control: string;
  /** Whose fields they are: the pod's spec, or each of its containers, those that run first and those added later. */
  readonly of: "pod" | "container";
  /** Paths of fields; `[]` after a list means each of its items. */
  readonly fields: readonly string[];
  /** Values that are allowed, beside none; the first stands for none. */
  readonly allowed: readonly [Scalar, ...Scalar[]];
  /**
   * Pods that may have others: a debug canary under a sandboxed RuntimeClass, whose kernel is its own; Traefik on an edge node,
   * which serves on the node's network.
   */
  readonly exempt?: Exempt;
}

type Scalar = string | number | boolean;

const HANDLERS = [
  ...["livenessProbe", "readinessProbe", "startupProbe"],
  ...["lifecycle.postStart", "lifecycle.preStop"],
];

/** A field of a pod's securityContext and of each container's. */
const everywhere = (rest: Omit<Restriction, "of">): Restriction[] => [
  { ...rest, of: "pod" },
  { ...rest, of: "container" },
];

export const restrictions: readonly Restriction[] = [
  ...everywhere({
    control: "a Windows host process",
    fields: ["securityContext.windowsOptions.hostProcess"],
    allowed: [false],
  }),
  {
    control: "the host's network",
    of: "pod",
    fields: ["hostNetwork"],
    allowed: [false],
    exempt: "edge",
  },
  { control: "the host's namespaces", of: "pod", fields: ["hostPID", "hostIPC"], allowed: [false] },
  {
    control: "privileged",
    of: "container",
    fields: ["securityContext.privileged"],
    allowed: [false],
    exempt: "sandboxed",
  },
  {
    control: "capabilities",
    of: "container",
    fields: ["securityContext.capabilities.add[]"],
    allowed: [
      ...(["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"] as const),
      ...["NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
    ],
    exempt: "sandboxed",
  },
  {
    control: "a port of the host's",
    of: "container",
    fields: ["ports[].hostPort"],
    allowed: [0],
    exempt: "edge",
  },
  {
    control: "a host in a probe or a hook",
    of: "container",
    fields: HANDLERS.flatMap((handler) => [`${handler}.httpGet.host`, `${handler}.tcpSocket.host`]),
    allowed: [""],
  },
  ...everywhere({
    control: "AppArmor",
    fields: ["securityContext.appArmorProfile.type"],
    allowed: ["RuntimeDefault", "Localhost"],
    exempt: "sandboxed",
  }),
  ...everywhere({
    control: "SELinux",
    fields: ["securityContext.seLinuxOptions.type"],
    allowed: ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"],
    exempt: "sandboxed",
  }),
  ...everywhere({
    control: "SELinux",
    fields: ["securityContext.seLinuxOptions.user", "securityContext.seLinuxOptions.role"],
    allowed: [""],
    exempt: "sandboxed",
  }),
  {
    control: "/proc",
    of: "container",
    fields: ["securityContext.procMount"],
    allowed: ["Default"],
    exempt: "sandboxed",
  },
  ...everywhere({
    control: "seccomp",
    fields: ["securityContext.seccompProfile.type"],
    allowed: ["RuntimeDefault", "Localhost"],
    exempt: "sandboxed",
  }),
  {
    control: "sysctls",
    of: "pod",
    fields: ["securityContext.sysctls[].name"],
    allowed: [
      ...(["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range"] as const),
      ...["net.ipv4.ip_unprivileged_port_start", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range"],
      ...["net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout"],
      ...["net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem"],
      "net.ipv4.tcp_wmem",
    ],
    exempt: "sandboxed",
  },
];

/** AppArmor profiles as annotations, one for each container, before Kubernetes 1.30. */
export const APP_ARMOR_PREFIX = "container.apparmor.security.beta.kubernetes.io/";
const APP_ARMOR_ALLOWED = "^(|runtime/default|localhost/.*)$";
export const isAppArmorAllowed = (profile: string): boolean => new RegExp(APP_ARMOR_ALLOWED).test(profile);

/** The lists of a pod's containers. */
export const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"] as const;

/** Labels of the program's Traefik, by which the policy in the cluster knows it in Traefik's namespace. */
export const EDGE_LABEL = { key: "app.kubernetes.io/name", value: "traefik" } as const;

/** Folders on nodes, and what is below them, that a debug canary's `hostPath` may be; with no step that starts with a dot. */
export const hostPathExpression = (roots: readonly string[]): string =>
  `^(${roots.map((root) => root.replace(/[.]/g, "\\.")).join("|")})(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`;

export const isHostPathAllowed = (path: string, roots: readonly string[]): boolean =>
  new RegExp(hostPathExpression(roots)).test(path);

/** A condition of the policy in the cluster, in CEL, that is false for a pod that breaks it, and what is said then. */
export interface Validation {
  readonly expression: string;
  readonly message: string;
}

/**
 * The table as CEL, of a pod `object` and of variables `containers` (all of them), `sandboxed` and `edge`.
 *
 * @param roots folders that a debug canary's hostPath may be
 */
export function validations(roots: readonly string[], needs: string): Validation[] {
  const fields = restrictions.flatMap(({ control, of, fields, allowed, exempt }) =>
    fields.map((field): Validation => {
      const one = of === "pod" ? "object.spec" : "c";
      const holds = holdsAt(one, field.split("."), allowed);
      const ofAll = of === "pod" ? holds : `variables.containers.all(c, ${holds})`;
      const who = exempt === "sandboxed" ? `; ${needs}` : "";
      return {
        expression: exempt === undefined ? ofAll : `variables.${exempt} || ${ofAll}`,
        message: `${control}: ${of === "pod" ? "the pod's" : "a container's"} ${field} is more than level baseline allows${who}`,
      };
    }),
  );
  const path = `v.hostPath.path.matches(${quoted(hostPathExpression(roots))})`;
  return [
    ...fields,
    {
      expression: `object.spec.?volumes.orValue([]).all(v, !has(v.hostPath) || (variables.sandboxed && ${path}))`,
      message: `hostPath: a volume is a folder of the node; ${needs}, and a folder below ${roots.join(", ")}`,
    },
    {
      expression:
        `variables.sandboxed || object.metadata.?annotations.orValue({}).all(k, ` +
        `!k.startsWith("${APP_ARMOR_PREFIX}") || object.metadata.annotations[k].matches(${quoted(APP_ARMOR_ALLOWED)}))`,
      message: `AppArmor: an annotation is more than level baseline allows; ${needs}`,
    },
  ];
}

const quoted = (text: string): string => `r"${text}"`;

/** `c.?securityContext.?privileged.orValue(false) in [false]`; of a list, that it holds for each item. */
function holdsAt(base: string, steps: readonly string[], allowed: Restriction["allowed"]): string {
  const isIn = (value: string): string =>
    `${value} in [${allowed.map((one) => JSON.stringify(one)).join(", ")}]`;
  const end = steps.findIndex((step) => step.endsWith("[]"));
  const up = end < 0 ? steps : steps.slice(0, end + 1);
  const at = base + up.map((step) => `.?${step.replace("[]", "")}`).join("");
  if (end < 0) return isIn(`${at}.orValue(${JSON.stringify(allowed[0])})`);
  const rest = steps.slice(end + 1);
  return `${at}.orValue([]).all(i, ${rest.length === 0 ? isIn("i") : holdsAt("i", rest, allowed)})`;
}
