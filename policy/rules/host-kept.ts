import { appUrn } from "../graph";
import type { ChangeRule } from "../rule";

/** Whoever has the old name in a link, an app or a cache gets no answer. */
export const hostKept: ChangeRule = {
  needs: "changes",
  aboutUsers: true,
  severity: "advisory",
  description: "A host name that users have keeps its route",
  check: (graph) => {
    const { apps } = graph.changes;
    const served = new Set(apps.flatMap(({ after }) => after?.host ?? []));
    return apps.flatMap(({ app, before, after }) => {
      const host = before?.host;
      if (host === undefined || served.has(host)) return [];
      const now = after?.host === undefined ? "" : `, ${app} is at ${after.host} alone`;
      return [{ urn: appUrn(graph, app), message: `users of ${host} lose their route${now}` }];
    });
  },
};
