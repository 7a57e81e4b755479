/** Fields of containers that the lab does nothing with: a pod that has one fails by its name, so that no test passes for want of it. */
import type { V1Container, V1Pod } from "@kubernetes/client-node";

/** What the kubelet here does, or what has no effect on requests without a container around the process. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "": [
    ...[
      "name",
      "image",
      "command",
      "args",
      "env",
      "envFrom",
      "ports",
      "volumeMounts",
      "lifecycle",
      "restartPolicy",
    ],
    ...["startupProbe", "readinessProbe", "livenessProbe"],
    ...["resources", "resizePolicy", "imagePullPolicy", "securityContext"],
    ...["terminationMessagePath", "terminationMessagePolicy"],
  ],
  lifecycle: ["preStop"],
  "lifecycle.preStop": ["sleep", "httpGet"],
  ...Object.fromEntries(
    ["startupProbe", "readinessProbe", "livenessProbe"].map((probe) => [
      probe,
      [
        ...["httpGet", "tcpSocket", "initialDelaySeconds", "periodSeconds", "timeoutSeconds"],
        ...["successThreshold", "failureThreshold"],
      ],
    ]),
  ),
};

/** Fields of a pod's containers, such as `containers[0].readinessProbe.exec`, that the lab would ignore. */
export function ignoredFields(
  { spec }: Pick<V1Pod, "spec">,
  canExec: (container: V1Container) => boolean = () => false,
): string[] {
  const { containers = [], initContainers = [] } = spec ?? {};
  return [
    ...initContainers.flatMap((container, i) =>
      ignoredIn(container, `initContainers[${i}]`, canExec(container)),
    ),
    ...containers.flatMap((container, i) => ignoredIn(container, `containers[${i}]`, canExec(container))),
  ];
}

function ignoredIn(container: V1Container, place: string, canExec: boolean): string[] {
  return Object.entries(KNOWN).flatMap(([path, known]) => {
    const steps = path === "" ? [] : path.split(".");
    const below = steps.reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      container,
    );
    return Object.entries(below ?? {})
      .filter(([key, value]) => value !== undefined && !known.includes(key))
      .filter(([key]) => !(canExec && key === "exec" && path.endsWith("Probe")))
      .map(([key]) => [place, ...steps, key].join("."));
  });
}
