/** What of a manifest a canary does not have, or has together with the primary: a sentence each. */
import { refersTo } from "./copies";
import { type ApiObject, at, isFields, listAt, titleOf } from "./object";
import { isPlainService, takes } from "./parts";

/**
 * @param all the manifest's objects
 * @param kept those of them that are declared beside the app's Deployment and Service
 * @param base the primary's Deployment
 */
export const notesOn = (all: readonly ApiObject[], kept: readonly ApiObject[], base: ApiObject): string[] => [
  ...notCovering(kept, base),
  ...pastTheWeights(all, base),
  ...sharedVolumes(all, base),
];

/** Autoscalers and the like. */
function notCovering(objects: readonly ApiObject[], base: ApiObject): string[] {
  return objects
    .filter((object) => refersTo(at(object, "spec"), "Deployment", base.metadata.name))
    .map(
      (object) =>
        `${titleOf(object)} is about ${titleOf(base)} alone and does not cover the canaries, which have the pods that their settings ask for`,
    );
}

/** Services that people reach from outside of the cluster. */
function pastTheWeights(objects: readonly ApiObject[], base: ApiObject): string[] {
  return objects.flatMap((object) => {
    const type = isPlainService(object) && takes(object, base) ? at(object, "spec", "type") : undefined;
    return type === "LoadBalancer" || type === "NodePort"
      ? [`${titleOf(object)} is of type ${type}: requests that come by its own address reach no canary`]
      : [];
  });
}

/** Volumes that pods of one node alone, or one pod alone, can have. */
function sharedVolumes(objects: readonly ApiObject[], base: ApiObject): string[] {
  return listAt(base, "spec", "template", "spec", "volumes").flatMap((volume) => {
    const claim = isFields(volume) ? at(volume, "persistentVolumeClaim", "claimName") : undefined;
    const object = objects.find(
      ({ kind, metadata }) => kind === "PersistentVolumeClaim" && metadata.name === claim,
    );
    if (typeof claim !== "string") return [];
    const modes = object === undefined ? [] : listAt(object, "spec", "accessModes");
    const alone = modes.length > 0 && modes.every((mode) => /^ReadWriteOnce/.test(String(mode)));
    const where = alone ? `; ${modes.join(", ")} lets pods of one node alone have it` : "";
    return [
      `PersistentVolumeClaim ${claim} is the primary's and the canaries' together${where}: patch the canary's Deployment if it is to have another`,
    ];
  });
}
