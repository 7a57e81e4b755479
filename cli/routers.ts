import { Command } from "commander";
import { data, jsonText } from "../base/output";
import { UserError } from "../base/user-error";
import { type RouterName, routerNames } from "../components/routers";
import { choice } from "./options";
import { routerJson, routersMarkdown, routersText, routerText } from "./routers-print";

const FORMATS = ["text", "json", "markdown"] as const;

interface RoutersOptions {
  readonly format?: (typeof FORMATS)[number];
  readonly json: boolean;
}

/** Characters in a line where the output goes to no terminal. */
const USUAL_WIDTH = 120;

/** `canary routers`: what splits traffic on Kubernetes, and what each can do. */
export function routersCommand(): Command {
  return new Command("routers")
    .argument("[name]", "one router, with its settings")
    .addOption(choice("--format <format>", "how to print it; default text", FORMATS))
    .option("--json", "the same as --format json", false)
    .action((name: string | undefined, options: RoutersOptions) => {
      data(printed(known(name), options));
    });
}

function known(name: string | undefined): RouterName | undefined {
  const router = routerNames().find((one) => one === name);
  if (name !== undefined && router === undefined) {
    throw new UserError(`router ${name}; allowed: one of ${routerNames().join(", ")}`);
  }
  return router;
}

function printed(
  name: RouterName | undefined,
  { json, format = json ? "json" : "text" }: RoutersOptions,
): string {
  if (json && format !== "json") throw new UserError(`--json and --format ${format}: allowed is one of them`);
  if (format === "json") {
    const data = name === undefined ? routerNames().map(routerJson) : routerJson(name);
    return jsonText(data, 4);
  }
  if (format === "markdown") {
    if (name !== undefined) throw new UserError(`--format markdown and ${name}: allowed is one of them`);
    return routersMarkdown();
  }
  const width = process.stdout.columns ?? USUAL_WIDTH;
  return name === undefined ? routersText(width) : routerText(name, width);
}
