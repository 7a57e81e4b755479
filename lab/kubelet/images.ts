/** Images that the lab runs by their own programs, and not by the demo app. */
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { programsFolder } from "../build";
import { type Part, podinfoPart } from "../parts";

const IMAGES: Readonly<Record<string, Part>> = { "ghcr.io/stefanprodan/podinfo": podinfoPart };

const partOf = (image: string): Part | undefined =>
  Object.entries(IMAGES).find(([name]) => new RegExp(`^${name}(:[^/]+)?(@.+)?$`).test(image))?.[1];

/** Whether an image has a program here. */
export const hasProgram = (image: string): boolean => partOf(image) !== undefined;

/**
 * Puts an image's programs into a container's folder.
 *
 * @returns what the container runs without a command of its own
 * @throws Error if nobody has built them
 */
export function layOut(image: string, folder: string): string[] {
  const part = partOf(image);
  if (part === undefined) return [];
  const programs = programsFolder(part);
  if (programs === undefined)
    throw new Error(`${image} is not built: the lab has its program as part ${part.name}`);
  const there = readdirSync(folder);
  for (const name of readdirSync(programs))
    if (!there.includes(name)) symlinkSync(join(programs, name), join(folder, name));
  return [`./${Object.keys(part.programs)[0]}`];
}
