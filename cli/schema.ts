import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { data } from "../base/output";

/** Beside the program's folders, and in the package beside the folder of its scripts. */
const PLACES = [resolve(__dirname, "..", "schema.json"), resolve(__dirname, "..", "..", "schema.json")];

/** `canary schema`: the JSON Schema of stacks' files, for editors. */
export function schemaCommand(): Command {
  return new Command("schema").action(() => {
    const file = PLACES.find((place) => existsSync(place));
    if (file === undefined) throw new Error(`schema.json is missing: ${PLACES.join(", ")}`);
    data(readFileSync(file, "utf8"));
  });
}
