/** The packages of this project, for a copy of it. */
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = join(__dirname, "../node_modules");

/**
 * Gives a folder a `node_modules` of its own with a link to each package: where it is a link as a whole, bundles of the
 * program are made anew by each process, and none is kept.
 */
export function linkPackages(folder: string): void {
  const own = join(folder, "node_modules");
  mkdirSync(own);
  for (const name of readdirSync(PACKAGES))
    if (name !== ".cache") symlinkSync(join(PACKAGES, name), join(own, name), "junction");
}
