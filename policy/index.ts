/** The rules as a policy pack for Pulumi's engine: `pulumi preview --policy-pack policy`. */

import { type Policies, PolicyPack } from "@pulumi/policy";
import { Config, getProject, RunError, runtime } from "@pulumi/pulumi";
import { SettingsError } from "../stacks/problems";
import { settingsNamespace } from "../stacks/raw";
import type { PolicySettings } from "../stacks/schema";
import { ruleNames } from "../stacks/schema/policies";
import { holdAgainst, severityOf } from "./evaluate";
import { packGraph } from "./pack-graph";
import { rules } from "./rules";
import { parsePolicies } from "./settings";

const settings = readSettings();

/** A policy for each rule that does without changes, at the severity of the stack's settings. */
const policies: Policies = ruleNames
  .filter((name) => rules[name].needs === "resources")
  .map((name) => {
    const severity = severityOf(name, settings);
    return {
      name,
      description: rules[name].description,
      enforcementLevel: severity === "off" ? "disabled" : severity,
      validateStack: ({ resources }, report) => {
        const findings = holdAgainst(packGraph(resources), settings).filter(({ rule }) => rule === name);
        for (const { message, urn, waived } of findings) if (waived === undefined) report(message, urn);
      },
    };
  });

new PolicyPack("canary-traffic", {
  policies: [
    ...policies,
    {
      name: "waived",
      description: "What a waiver allows for a while",
      enforcementLevel: "advisory",
      validateStack: ({ resources }, report) => {
        for (const { rule, message, urn, waived } of holdAgainst(packGraph(resources), settings)) {
          if (waived !== undefined)
            report(`${rule}: ${message} (until ${waived.until}: ${waived.reason})`, urn);
        }
      },
    },
  ],
});

function readSettings(): PolicySettings {
  const namespace = settingsNamespace(getProject(), runtime.allConfig());
  try {
    return parsePolicies(new Config(namespace).get("policies"));
  } catch (error) {
    throw error instanceof SettingsError ? new RunError(error.message) : error;
  }
}
