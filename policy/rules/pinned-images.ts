import { isObject, UNKNOWN, type Value } from "../../offline/values";
import { labelOf } from "../graph";
import { pods } from "../pods";
import type { ResourceRule } from "../rule";

/** A tag that moves is another image tomorrow, on one node and not on the next: neither a canary nor a rollback is what it says. */
export const pinnedImages: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "Container images are pinned by a tag that does not move, or by digest",
  check: (graph) =>
    pods(graph).flatMap(({ owner, allContainers, spec }) =>
      [...allContainers.map(({ image }) => image), ...ofVolumes(spec.volumes)]
        .filter((image) => typeof image === "string" && image !== UNKNOWN && !isPinned(image))
        .map((image) => ({
          urn: owner.urn,
          message: `${labelOf(owner)}: image ${image} is not pinned; allowed: a whole version such as 1.2.3, a commit or the number of a build as tag, or a digest`,
        })),
    ),
};

/** Volumes that are images. */
const ofVolumes = (volumes: Value | undefined): Value[] =>
  (Array.isArray(volumes) ? volumes : []).flatMap((volume) =>
    isObject(volume) && isObject(volume.image) ? [volume.image.reference ?? null] : [],
  );

const DIGEST = /@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** What makes a tag one that is pushed once. Words (`latest`, `stable`), major and minor versions (`1`, `v1.25`, `3.12-slim`) move. */
const PUSHED_ONCE = [
  // A whole version, of three numbers or more; a date.
  /(^|[^0-9a-z])[vr]?\d+\.\d+\.\d+/i,
  /(^|\D)\d{4}[-.]?\d\d[-.]?\d\d/,
  // A commit: seven hexadecimal digits or more, of letters and numbers both.
  /(^|[^0-9a-z])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}($|[^0-9a-z])/,
  // The number of a build: of four digits or more, or said to be one.
  /(^|[^0-9a-z.])\d{4,}($|[^0-9a-z.])/i,
  /(^|[^0-9a-z])(b|build|ci|job|pipeline|run)[-_.]?\d+($|[^0-9a-z])/i,
];

function isPinned(image: string): boolean {
  if (DIGEST.test(image)) return true;
  const tag = /^[^@]*:([^:/@]+)$/.exec(image)?.[1];
  return tag !== undefined && PUSHED_ONCE.some((form) => form.test(tag));
}
