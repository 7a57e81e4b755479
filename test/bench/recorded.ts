/** What `npm run bench -- --record` measured last. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "./table";

export const RESULTS = join(__dirname, "results.json");

export const recorded = (): Results => JSON.parse(readFileSync(RESULTS, "utf8"));
