import { amountOf } from "../../components/kubernetes/quantity";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { workloadKindOf } from "../workload-kinds";

/** Problems of the settings on platform `kubernetes`. */
export function kubernetesProblems(parsed: Parsed): Problem[] {
  const { acceptGraceSeconds, graceSeconds, providers, defaultCertificateSecret } = parsed.traefik;
  const problems: Problem[] = [];
  if (defaultCertificateSecret !== undefined && providers !== undefined && !providers.includes("crd")) {
    const allowed = "together with crd in traefik.providers only, which reads the TLSStore";
    problems.push({ key: "traefik.defaultCertificateSecret", value: defaultCertificateSecret, allowed });
  }
  if (acceptGraceSeconds + graceSeconds >= 60) {
    const allowed = `with traefik.acceptGraceSeconds (${acceptGraceSeconds}) below the 60 seconds of a pod's grace`;
    problems.push({ key: "traefik.graceSeconds", value: graceSeconds, allowed });
  }
  for (const name of Object.keys(parsed.secrets)) {
    if (!Object.hasOwn(parsed.apps, name))
      problems.push({ key: `secrets.${name}`, name, known: Object.keys(parsed.apps) });
  }
  for (const [name, app] of Object.entries(parsed.apps)) {
    const key = `apps.${name}`;
    const isBuilt = workloadKindOf(app) === "built";
    if (isBuilt && app.image === undefined)
      problems.push({ key: `${key}.image`, allowed: `an image, on platform ${parsed.platform}` });
    if (isBuilt && app.canaryImage === undefined) {
      for (const needing of ["canaryWeight", "canaryHost"] as const) {
        if (app[needing] !== undefined) {
          problems.push({
            key: `${key}.${needing}`,
            value: app[needing],
            allowed: "together with canaryImage only",
          });
        }
      }
    }
    for (const [canary, { image }] of Object.entries(app.canaries)) {
      if (isBuilt && image === undefined) {
        problems.push({
          key: `${key}.canaries.${canary}.image`,
          allowed: `an image, on platform ${parsed.platform}`,
        });
      }
    }
    for (const variable of Object.keys(parsed.secrets[name] ?? {})) {
      if (!Object.hasOwn(app.env, variable)) continue;
      const allowed = `a variable that is not in secrets.${name} too`;
      problems.push({ key: `${key}.env.${variable}`, value: app.env[variable], allowed });
    }
    if (app.networkPolicy && parsed.traefik.edgeAddresses.length === 0) {
      const allowed = "together with traefik.edgeAddresses only: nobody could reach the app's pods";
      problems.push({ key: `${key}.networkPolicy`, value: true, allowed });
    }
    const { memory, memoryLimit } = app.resources;
    if ((amountOf(memory) ?? 0) > (amountOf(memoryLimit) ?? 0)) {
      const allowed = `at most resources.memoryLimit, which is ${memoryLimit}`;
      problems.push({ key: `${key}.resources.memory`, value: memory, allowed });
    }
    if (app.preStopSeconds >= app.terminationGraceSeconds) {
      const allowed = `less than terminationGraceSeconds, which is ${app.terminationGraceSeconds}`;
      problems.push({ key: `${key}.preStopSeconds`, value: app.preStopSeconds, allowed });
    }
  }
  return problems;
}
