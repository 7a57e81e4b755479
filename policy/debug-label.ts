/** Label, with the value `true`, of the pods that may be privileged where a sandboxed RuntimeClass holds them. */
export const DEBUG_LABEL = "canary-traffic/debug";
