import { awsTypes } from "../../components/aws/types";
import { formatWeight, variantName } from "../../components/traffic";
import { resourcesNamed } from "../graph";
import type { ChangeRule } from "../rule";
import { instancesOf, isBehindListener } from "../traffic";

/** A listener sends a canary its share whether there are instances or not. */
export const emptyTarget: ChangeRule = {
  needs: "changes",
  aboutUsers: true,
  severity: "advisory",
  description: "A canary behind an ALB or NLB has another instance while one is replaced",
  check: (graph) => {
    const updates = graph.changes.steps.filter(({ op }) => op === "update");
    const updated = new Set(updates.map(({ after }) => after?.urn));
    return Object.entries(graph.weights).flatMap(([app, variants]) =>
      Object.entries(variants).flatMap(([variant, { asked }]) => {
        const name = variantName(app, variant);
        const of = (type: string) => resourcesNamed(graph.resources, name).find((one) => one.type === type);
        const [group, template] = [of(awsTypes.group), of(awsTypes.launchTemplate)];
        const isAlone = instancesOf(group) === 1 && isBehindListener(group);
        if (variant === "primary" || asked === 0 || !isAlone || !updated.has(template?.urn)) return [];
        const message =
          `${app}: ${variant} has one instance, which is ended before the new one is there: ` +
          `${formatWeight(asked)} of the users meet no instance meanwhile; better: weight 0 first, or a second instance`;
        return [{ urn: group?.urn, message, harmful: true }];
      }),
    );
  },
};
