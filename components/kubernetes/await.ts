/**
 * Annotations of a Service that Pulumi is not to wait for. It would wait ten minutes for endpoints and then fail, although
 * none are due: no node is labelled yet, or a variant runs 0 pods. That pods are ready is what their Deployment waits for.
 * See https://www.pulumi.com/registry/packages/kubernetes/#pulumicomskipawait.
 */
export const withoutAwait = { "pulumi.com/skipAwait": "true" };
