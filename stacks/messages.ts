import { log, type Resource } from "@pulumi/pulumi";

/** Tells people something, about a resource or the stack. */
export type Tell = (severity: "info" | "warn", message: string, resource?: Resource) => void;

export const tellAtOnce: Tell = (severity, message, resource) => void log[severity](message, resource);

/**
 * Keeps messages until they are to be sent. The SDK sends them one after another, each once its resource is registered, so one
 * about a resource that is held back would hold back the error that says why.
 */
export function keeping(): { readonly tell: Tell; readonly sendAll: () => void } {
  const kept: Parameters<Tell>[] = [];
  return {
    tell: (...message) => void kept.push(message),
    sendAll: () => {
      for (const message of kept) tellAtOnce(...message);
    },
  };
}
