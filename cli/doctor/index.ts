/** `canary doctor`: what `pulumi up` and `canary rollout` lack on this machine. */
import { Command } from "commander";
import { data, jsonText, printLine } from "../../base/output";
import { redactedDeep } from "../../base/secrets";
import { readConfiguration } from "../../offline/configuration";
import { findProject } from "../../offline/find-project";
import { EXIT } from "../errors";
import { withStackOption } from "../options";
import { progress } from "../progress";
import { readSettings } from "../settings";
import type { Diagnosis } from "./check";
import { checks } from "./checks";
import { type Examined, examine, patientOf } from "./examine";

/** `canary doctor`. Exits 1 if something is missing, or can't be told. */
export function doctorCommand(): Command {
  return withStackOption(new Command("doctor"))
    .option("--json", "print findings as JSON", false)
    .action(async ({ stack, json }: { stack: string; json: boolean }) => {
      const folder = findProject(process.cwd());
      const configuration = readConfiguration(folder, stack);
      progress("Looking");
      const found = await examine(checks, patientOf(folder, configuration, readSettings(configuration)));
      if (json) data(jsonText(redactedDeep({ stack, checks: found }), 4));
      else for (const one of found) printLine(lineOf(one));
      process.exitCode = found.every(({ state }) => state === "fine") ? EXIT.done : EXIT.no;
    });
}

const SIGNS: Readonly<Record<Diagnosis["state"], string>> = { fine: "✔", missing: "✖", unknown: "?" };

const lineOf = ({ state, title, says, mend }: Examined): string =>
  `${SIGNS[state]} ${title}: ${says}${mend === undefined ? "" : `; mend: ${mend}`}`;
