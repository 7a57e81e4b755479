import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";

/**
 * A Namespace of exactly this name. It stays when the stack is destroyed or no longer names it, since other teams'
 * objects may have moved in.
 *
 * @param labels such as the Pod Security level that the namespace's pods need
 */
export function namespace(name: string, labels: Record<string, string> = {}): Namespace {
  const metadata = { name, ...(Object.keys(labels).length > 0 && { labels }) };
  return new Namespace(name, { metadata }, { retainOnDelete: true });
}
