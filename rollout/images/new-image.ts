/** A new image in the registry becomes the canary's, at weight 0, for a rollout to take from there. */

import { readFileSync, writeFileSync } from "node:fs";
import type { Target } from "../../analysis/plan";
import { targetKey } from "../../analysis/plan";
import { UserError } from "../../base/user-error";
import { formatWeight } from "../../components/traffic";
import type { StackConfiguration } from "../../offline/configuration";
import { stackFile } from "../../offline/stack-names";
import { isClusterAlone, platforms, platformsWith } from "../../stacks/platforms";
import type { Settings } from "../../stacks/settings";
import { lastRollout, rolloutFiles } from "../journal/journal";
import type { EngineShifter } from "../shifters/engine";
import { refuseOthers } from "../updates/promotion";
import { withCanaryImage } from "../updates/stack-file";
import { credentialsFor } from "./credentials";
import { newest } from "./newest";
import { tagsOf } from "./registry";
import { isSameImage, repositoryOf } from "./repository";

export interface NewImage {
  readonly target: Target;
  /** With its tag. */
  readonly image: string;
}

type Files = Pick<ReturnType<typeof rolloutFiles>, "image" | "journal">;

interface Wanted {
  /** As `--image-from` and `--tag` say. */
  readonly from: string;
  readonly tag: string;
  /** Weight at which the rollout ends. */
  readonly to: number;
  readonly settings: Settings;
  readonly targets: readonly [Target, ...Target[]];
  readonly files: Files;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * The newest image of a repository, if the canary does not have it yet; else why there is nothing to roll out.
 *
 * @throws UserError, RegistryError
 */
export async function findNewImage(wanted: Wanted): Promise<NewImage | { readonly nothing: string }> {
  const { from, tag, to, settings, targets, files, env, signal } = wanted;
  const [target, ...others] = targets;
  if (others.length > 0)
    throw new UserError(
      `--image-from ${from}: allowed: for one canary, which --app names where there are more`,
    );
  if (!isClusterAlone(platforms[settings.platform])) {
    const able = platformsWith(isClusterAlone).join(", ");
    throw new UserError(`--image-from ${from}: allowed on platform ${able}, which is ${settings.platform}`);
  }
  const app = settings.apps.find(({ name }) => name === target.app);
  if (app !== undefined) refuseOthers(app, targetKey(target), "--image-from");
  const [repository, newestOf] = [repositoryOf(from), newest(tag)];
  const found = newestOf(await tagsOf(repository, credentialsFor(repository.host, env), signal));
  if (found === undefined) throw new UserError(`--tag ${tag}: ${from} has no such tag`);

  const image = `${from}:${found}`;
  const canary = app?.canaries.find(({ name }) => name === target.canary);
  const key = targetKey(target);
  if (canary?.image !== undefined && isSameImage(canary.image, image)) {
    if (isPending(files, image)) {
      atZero(target, canary.weight);
      return { target, image };
    }
    if (canary.weight > 0 && canary.weight < to) {
      throw new UserError(
        `${key}: has ${canary.image}, the newest that ${tag} allows, but is at ${formatWeight(canary.weight)}; ` +
          "allowed: canary rollout without --image-from, or canary rollback",
      );
    }
    return { nothing: `nothing new: ${key} has ${canary.image}, the newest that ${tag} allows` };
  }
  if (app?.image !== undefined && isSameImage(app.image, image))
    return {
      nothing: `nothing new: the primary of ${target.app} has ${app.image}, the newest that ${tag} allows`,
    };
  atZero(target, canary?.weight);
  return { target, image };
}

type Shifter = Pick<EngineShifter, "recover" | "applied" | "preview" | "update">;

/**
 * Writes the image to the stack file and updates the stack. Returns once the canary is ready, which the engine waits for.
 *
 * @throws UserError if the update would change anything but the canary's Deployment
 */
export async function bringImage(
  { target, image }: NewImage,
  { folder, configuration }: { readonly folder: string; readonly configuration: StackConfiguration },
  shifter: Shifter,
): Promise<void> {
  const { namespace, stack } = configuration;
  await shifter.recover();
  const applied = await shifter.applied();
  atZero(target, applied[targetKey(target)]);
  const own = `update kubernetes:apps/v1:Deployment ${target.app}-${target.canary}`;
  const more = (await shifter.preview(applied)).filter((change) => change !== own);
  if (more.length > 0)
    throw new UserError(
      `the update would change more than the canary: ${more.join("; ")}; run pulumi up first`,
    );
  const text = readFileSync(stackFile(folder, stack), "utf8");
  const edited = withCanaryImage(text, namespace, target, image);
  writeFileSync(rolloutFiles(folder, stack).image, JSON.stringify({ image, time: Date.now() }));
  const message = `canary rollout, new image: ${targetKey(target)} gets ${image}, at 0 %`;
  // Whoever stops waits for the update's end.
  await shifter.update(edited, message, new AbortController().signal);
}

function atZero(target: Target, weight: number | undefined): void {
  if (weight === undefined || weight === 0) return;
  throw new UserError(
    `${targetKey(target)}: is at ${formatWeight(weight)}; run canary promote or canary rollback first: a new image begins at 0 %`,
  );
}

/** Whether a run wrote the image down and no rollout has begun since. */
function isPending(files: Files, image: string): boolean {
  const written = note(files.image);
  if (written === undefined || !isSameImage(written.image, image)) return false;
  const [begun] = lastRollout(files.journal);
  return begun === undefined || begun.time < written.time;
}

function note(file: string): { image: string; time: number } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
