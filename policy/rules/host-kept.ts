import { addressesIn, isWithin } from "../../offline/audience";
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
    const served = apps.flatMap(({ after }) => addressesIn(after ?? {}));
    return apps.flatMap(({ app, before, after }) =>
      addressesIn(before ?? {})
        .filter((address) => !served.some((one) => isWithin(address, one)))
        .map((address) => {
          const now = after?.host === undefined ? "" : `, ${app} is at ${after.host} alone`;
          return { urn: appUrn(graph, app), message: `users of ${address} lose their route${now}` };
        }),
    );
  },
};
