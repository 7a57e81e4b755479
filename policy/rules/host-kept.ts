import { lostAddresses } from "../../offline/audience";
import { appUrn } from "../graph";
import type { ChangeRule } from "../rule";

/** Whoever has the old name in a link, an app or a cache gets no answer. */
export const hostKept: ChangeRule = {
  needs: "changes",
  aboutUsers: true,
  severity: "advisory",
  description: "Users keep the app that they have at a host name or path",
  check: (graph) => {
    const { apps } = graph.changes;
    const after = new Map(apps.map((one) => [one.app, one.after]));
    return lostAddresses(apps).map(({ app, address, to }) => {
      const host = after.get(app)?.host;
      const now = host === undefined ? "" : `, ${app} is at ${host} alone`;
      const loss =
        to === undefined
          ? `users of ${address} lose their route${now}`
          : `users of ${address} get ${to} in place of ${app}`;
      return { urn: appUrn(graph, app), message: loss };
    });
  },
};
