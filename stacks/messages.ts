import { log, type Resource } from "@pulumi/pulumi";

const messages: (() => void)[] = [];

/**
 * Tells people something once all resources are declared. The SDK sends messages one after another, each once its resource is
 * registered, so one about a resource that is held back would hold back the error that says why.
 */
export function tell(severity: "info" | "warn", message: string, resource?: Resource): void {
  messages.push(() => void log[severity](message, resource));
}

/** Sends what was told so far. */
export function sendMessages(): void {
  for (const send of messages.splice(0)) send();
}
