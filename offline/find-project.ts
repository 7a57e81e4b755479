import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConfigurationError } from "./errors";

/** The folder of the project that `start` lies in. */
export function findProject(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (dirname(folder) === folder) {
      throw new ConfigurationError(`${start}: no Pulumi.yaml here or in a folder above`);
    }
  }
}
