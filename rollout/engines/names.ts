/** What can take the steps of a rollout: Pulumi by `canary rollout`, or a controller in the cluster. */
export const engineNames = ["pulumi", "flagger", "argo-rollouts"] as const;

export type EngineName = (typeof engineNames)[number];
export type ControllerName = Exclude<EngineName, "pulumi">;
