/** The controls of the Pod Security Standards' level baseline, by examples. */
const container = (more: object) => ({ name: "perf", image: "registry.example.com/perf:6.12.0", ...more });

/** The standard's controls: what breaks each in a container, or in the pod's spec; what does not; who may all the same. */
export interface Control {
  readonly of: "container" | "pod";
  readonly broken: readonly object[];
  readonly fine: readonly object[];
  readonly sandboxed?: true;
}

const both = (
  broken: readonly object[],
  fine: readonly object[],
  more: { sandboxed?: true } = {},
): Control[] =>
  (["container", "pod"] as const).map((of) => ({
    of,
    broken: broken.map((securityContext) => ({ securityContext })),
    fine: fine.map((securityContext) => ({ securityContext })),
    ...more,
  }));
const ofKernel = { sandboxed: true } as const;
const probe = (host: string) => [
  { livenessProbe: { httpGet: { path: "/", port: 80, host } } },
  { readinessProbe: { tcpSocket: { port: 80, host } } },
  { startupProbe: { httpGet: { path: "/", port: 80, host } } },
  { lifecycle: { postStart: { httpGet: { port: 80, host } } } },
  { lifecycle: { preStop: { tcpSocket: { port: 80, host } } } },
];

export const CONTROLS: Readonly<Record<string, readonly Control[]>> = {
  HostProcess: both(
    [{ windowsOptions: { hostProcess: true } }],
    [{ windowsOptions: { hostProcess: false } }, { windowsOptions: {} }],
  ),
  "Host Namespaces": [
    {
      of: "pod",
      broken: [{ hostNetwork: true }, { hostPID: true }, { hostIPC: true }],
      fine: [{ hostNetwork: false, hostPID: false, hostIPC: false }],
    },
  ],
  "Privileged Containers": [
    {
      of: "container",
      broken: [{ securityContext: { privileged: true } }],
      fine: [{ securityContext: { privileged: false } }],
      ...ofKernel,
    },
  ],
  Capabilities: [
    {
      of: "container",
      broken: ["SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_MODULE", "ALL", "BPF"].map((one) => ({
        securityContext: { capabilities: { add: ["CHOWN", one] } },
      })),
      fine: [
        { securityContext: { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE", "SYS_CHROOT"] } } },
        { securityContext: { capabilities: {} } },
      ],
      ...ofKernel,
    },
  ],
  "HostPath Volumes": [
    {
      of: "pod",
      broken: ["/", "/etc", "/run/out"].map((path) => ({ volumes: [{ name: "v", hostPath: { path } }] })),
      fine: [
        {
          volumes: [
            { name: "v", emptyDir: {} },
            { name: "c", configMap: { name: "c" } },
          ],
        },
      ],
    },
  ],
  "Host Ports": [
    {
      of: "container",
      broken: [{ ports: [{ containerPort: 80 }, { containerPort: 22, hostPort: 22 }] }],
      fine: [{ ports: [{ containerPort: 80, hostPort: 0 }] }],
    },
  ],
  "Host Probes / Lifecycle Hooks": [{ of: "container", broken: probe("169.254.169.254"), fine: probe("") }],
  AppArmor: both(
    [{ appArmorProfile: { type: "Unconfined" } }],
    [{ appArmorProfile: { type: "RuntimeDefault" } }, { appArmorProfile: { type: "Localhost" } }],
    ofKernel,
  ),
  SELinux: both(
    [
      { seLinuxOptions: { type: "spc_t" } },
      { seLinuxOptions: { user: "system_u" } },
      { seLinuxOptions: { role: "system_r" } },
    ],
    [{ seLinuxOptions: { type: "container_kvm_t", level: "s0:c1" } }, { seLinuxOptions: { type: "" } }],
    ofKernel,
  ),
  "/proc Mount Type": [
    {
      of: "container",
      broken: [{ securityContext: { procMount: "Unmasked" } }],
      fine: [{ securityContext: { procMount: "Default" } }],
      ...ofKernel,
    },
  ],
  Seccomp: both(
    [{ seccompProfile: { type: "Unconfined" } }],
    [{ seccompProfile: { type: "RuntimeDefault" } }, { seccompProfile: { type: "Localhost" } }],
    ofKernel,
  ),
  Sysctls: [
    {
      of: "pod",
      broken: [{ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }],
      fine: [{ securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] } }],
      ...ofKernel,
    },
  ],
};

const LISTS = ["containers", "initContainers", "ephemeralContainers"];

/** The pods that have it, for each list of containers. */
export const podsWith = ({ of }: Control, part: object): object[] =>
  of === "pod" ? [part] : LISTS.map((list) => ({ [list]: [container(part)] }));
