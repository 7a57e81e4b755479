/** Writes `schema.json`: `npm run docs`. */
import { writeFileSync } from "node:fs";
import { SCHEMA_FILE, schemaText } from "./commented-settings";

schemaText().then((text) => writeFileSync(SCHEMA_FILE, text));
