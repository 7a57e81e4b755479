/** Labels that the pods of an app's variant have together, and no other pods. */
export function variantLabels(
  app: string,
  track: "primary" | "canary" | "baseline",
  variant: string = track,
): Record<string, string> {
  return { "app.kubernetes.io/name": app, track, variant };
}

/** Label, with the value `true`, of the pods that may be privileged if a sandboxed RuntimeClass holds them. */
export const DEBUG_LABEL = "canary-traffic/debug";
