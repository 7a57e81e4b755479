import type { Side } from "../../components/aws/dns";
import { formatWeight, rounded } from "../../components/traffic";
import type { AppSide } from "../../offline/audience";
import { appUrn } from "../graph";
import type { ChangeRule } from "../rule";

/** Most users would get a version that no canary has shown to work. The image of a canary that had all users is known. */
export const primaryImage: ChangeRule = {
  needs: "changes",
  aboutUsers: true,
  severity: "advisory",
  description: "The primary gets a new image only from a canary that had all users",
  check: (graph) =>
    graph.changes.apps.flatMap(({ app, before, after }) => {
      if (before === undefined || after === undefined) return [];
      const [old, fresh] = [primaryOf(before), primaryOf(after)];
      if (old?.service !== fresh?.service && (fresh?.weight.effective ?? 0) > 0) {
        if (before.variants.some(({ weight, service }) => weight.asked === 100 && service === fresh?.service))
          return [];
        const message =
          `${app}: ${formatWeight(fresh?.weight.effective ?? 0)} of its users come to other ${isOnAws(after) ? "instances" : "pods"} at once, ` +
          `${old?.service ?? "the app's own"} -> ${fresh?.service ?? "the app's own"}; better as ${isOnAws(after) ? "the canary's" : "canaryService"} first, at a small weight`;
        return [{ urn: appUrn(graph, app), message }];
      }
      return (Object.keys(after.sides) as Side[]).flatMap((side) => {
        const [was, is] = [primaryOf(before)?.images[side], primaryOf(after)?.images[side]];
        const share = ((primaryOf(after)?.weight.effective ?? 0) * (after.sides[side] ?? 0)) / 100;
        if (was === undefined || is === undefined || was === is || share === 0) return [];
        if (before.variants.some(({ weight, images }) => weight.asked === 100 && images[side] === is))
          return [];
        const message =
          `${app}: ${formatWeight(rounded(share))} of its users get a new version at once, ${was} -> ${is}; ` +
          "better as canaryImage first, at a small weight";
        return [{ urn: appUrn(graph, app), message }];
      });
    }),
};

const isOnAws = ({ sides }: AppSide): boolean => sides.elb !== undefined;

const primaryOf = ({ variants }: AppSide) => variants.find(({ name }) => name === "primary");
