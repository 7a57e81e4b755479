/** Args of a CanaryApp to try one thing on. */
import type { CanaryAppArgs } from "../../../components/kubernetes/canary-app";

export const args: CanaryAppArgs = {
  namespace: "shop",
  servicePort: 80,
  port: 3000,
  healthPath: "/healthz",
  env: {},
  downwardApi: false,
  resources: { cpu: "100m", memory: "128Mi", memoryLimit: "256Mi" },
  runAsNonRoot: true,
  imagePullSecrets: [],
  nodeSelector: {},
  startupSeconds: 120,
  preStopSeconds: 7,
  terminationGraceSeconds: 33,
  primary: { image: "registry.example.com/myapp:1.0.0", replicas: 3 },
  canaries: [],
};
