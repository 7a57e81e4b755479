import { UNKNOWN } from "../../offline/values";
import { labelOf } from "../graph";
import { pods } from "../pods";
import type { ResourceRule } from "../rule";

/** `latest` is another image tomorrow, on one node and not on the next: neither a canary nor a rollback is what it says. */
export const pinnedImages: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "Container images are pinned by tag or digest, never latest",
  check: (graph) =>
    pods(graph).flatMap(({ owner, allContainers }) =>
      allContainers
        .map(({ image }) => image)
        .filter((image) => typeof image === "string" && image !== UNKNOWN && !isPinned(image))
        .map((image) => ({
          urn: owner.urn,
          message: `${labelOf(owner)}: image ${image} is not pinned; allowed: a tag other than latest, or a digest`,
        })),
    ),
};

function isPinned(image: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return true;
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== "latest";
}
