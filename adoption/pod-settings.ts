/** What of a Deployment's pods the settings can say, and what they can't. */
import type { V1Container, V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import type { Findings } from "./found";

/** Fields of a container that `takeContainer` looks at, or that the program makes the same for every app. */
const CONTAINER = [
  ...["name", "image", "ports", "readinessProbe", "args", "env", "resources", "imagePullPolicy"],
  ...["terminationMessagePath", "terminationMessagePolicy"],
];
const POD = [
  ...[
    "containers",
    "nodeSelector",
    "serviceAccountName",
    "serviceAccount",
    "imagePullSecrets",
    "restartPolicy",
  ],
  ...["dnsPolicy", "schedulerName", "terminationGracePeriodSeconds", "securityContext"],
];

/** Sets what has a setting, and names all else. */
export function takePods(app: string, deployment: V1Deployment, findings: Findings): void {
  const pod = deployment.spec?.template.spec;
  const [container, ...sidecars] = pod?.containers ?? [];
  if (pod === undefined || container === undefined) return;
  const key = (setting: string): string => `apps.${app}.${setting}`;
  const lost: string[] = sidecars.map(({ name }) => `container ${name}`);
  takeContainer(container, key, lost, findings);
  takePod(pod, key, lost, findings);
  if (lost.length > 0)
    findings.notes.push(
      `Deployment ${deployment.metadata?.namespace ?? "default"}/${deployment.metadata?.name}: no setting says ${lost.join(", ")}; ` +
        "--manifest FOLDER keeps the objects as they are",
    );
}

function takeContainer(
  { args, env = [], ports = [], resources = {}, readinessProbe, ...rest }: V1Container,
  key: (setting: string) => string,
  lost: string[],
  findings: Findings,
): void {
  findings.set(key("args"), args);
  const plain = env.filter(({ valueFrom }) => valueFrom === undefined);
  if (plain.length > 0)
    findings.set(key("env"), Object.fromEntries(plain.map(({ name, value = "" }) => [name, value])));
  lost.push(...env.filter(({ valueFrom }) => valueFrom !== undefined).map(({ name }) => `variable ${name}`));
  lost.push(...ports.slice(1).map(({ name, containerPort }) => `port ${name ?? containerPort}`));
  const { requests = {}, limits = {} } = resources;
  findings.set(key("resources.cpu"), requests.cpu);
  findings.set(key("resources.memory"), requests.memory);
  findings.set(key("resources.memoryLimit"), limits.memory);
  if (limits.cpu !== undefined) lost.push(`resources.limits.cpu ${limits.cpu}`);
  if (readinessProbe !== undefined && readinessProbe.httpGet === undefined)
    lost.push("readinessProbe of another kind");
  lost.push(
    ...Object.entries(rest)
      .filter(([name, value]) => value !== undefined && !CONTAINER.includes(name))
      .map(([name]) => name),
  );
}

function takePod(pod: V1PodSpec, key: (setting: string) => string, lost: string[], findings: Findings): void {
  const {
    nodeSelector,
    serviceAccountName,
    imagePullSecrets = [],
    terminationGracePeriodSeconds,
    securityContext,
  } = pod;
  findings.set(key("nodeSelector"), nodeSelector);
  if (serviceAccountName !== "default") findings.set(key("serviceAccountName"), serviceAccountName);
  const secrets = imagePullSecrets.flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (secrets.length > 0) findings.set(key("imagePullSecrets"), secrets);
  // Less than what a pod needs to be forgotten by routers would be refused.
  if ((terminationGracePeriodSeconds ?? 30) > 30)
    findings.set(key("terminationGraceSeconds"), terminationGracePeriodSeconds);
  if (securityContext?.runAsNonRoot === true) findings.set(key("runAsNonRoot"), true);
  const { runAsNonRoot: _known, ...more } = securityContext ?? {};
  lost.push(
    ...Object.entries(more)
      .filter(([, value]) => value !== undefined)
      .map(([name]) => `securityContext.${name}`),
  );
  lost.push(
    ...Object.entries(pod)
      .filter(([name, value]) => value !== undefined && !POD.includes(name))
      .map(([name]) => name),
  );
}
