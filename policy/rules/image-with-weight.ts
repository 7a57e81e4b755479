import { formatWeight } from "../../components/traffic";
import { type Value, valueAt } from "../../offline/values";
import { type GraphResource, resourcesNamed } from "../graph";
import type { ChangeRule } from "../rule";
import { resourcesBefore, shifts } from "../traffic";

/** More users and a new version at once: if errors rise, nobody knows which it was, or how many met it. */
export const imageWithWeight: ChangeRule = {
  needs: "changes",
  severity: "advisory",
  description: "A canary's weight is not raised together with its image",
  check: (graph) =>
    shifts(graph.changes.weights, graph.weights).flatMap(({ app, canary, before = 0, after = 0 }) => {
      const name = `${app}-${canary}`;
      const [was, is] = [images(resourcesBefore(graph), name), images(graph.resources, name)];
      const changed = Object.keys(is).find((urn) => is[urn] !== was[urn]);
      if (after <= before || changed === undefined) return [];
      const image = was[changed] === undefined ? `${is[changed]}` : `${was[changed]} -> ${is[changed]}`;
      const message =
        `${app}: ${canary} goes from ${formatWeight(before)} to ${formatWeight(after)} with a new image, ${image}; ` +
        "better the image first, then the weight";
      return [{ urn: changed, message }];
    }),
};

/** The images by the URN of what runs them: a Deployment, or a launch template. */
function images(resources: readonly GraphResource[], name: string): Record<string, Value> {
  return Object.fromEntries(
    resourcesNamed(resources, name).flatMap(({ urn, props }) => {
      const image = props.imageId ?? valueAt(props, "spec.template.spec.containers[0].image");
      return image === undefined ? [] : [[urn, image]];
    }),
  );
}
