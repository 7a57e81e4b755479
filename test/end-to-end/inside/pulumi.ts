/**
 * Stands in for `pulumi` on a machine without Pulumi's engine. It knows those commands alone that a rollout gives, by the
 * Automation API. State and history are files in the folder of PULUMI_BACKEND_URL, which a kill leaves whole, as it does the
 * engine's own.
 */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { replaceFile } from "../../../base/replace-file";
import type { ResourceState } from "../../../offline/state";

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    stack: { type: "string" },
    message: { type: "string" },
    target: { type: "string", multiple: true },
    refresh: { type: "boolean" },
    file: { type: "string" },
    // Of no effect here, but their values are no words of the command.
    ...Object.fromEntries(
      ["color", "exec-kind", "page", "page-size"].map((name) => [name, { type: "string" }]),
    ),
  },
});
const BACKEND = process.env.PULUMI_BACKEND_URL ?? "";
const file = (name: string): string => join(BACKEND.replace("file://", ""), name);
const [STATE, HISTORY, TAGS] = [file("state.json"), file("history.json"), file("tags.json")];

async function main(command: string): Promise<unknown> {
  switch (command) {
    case "version":
      return `v${require("@pulumi/pulumi/package.json").version}`;
    case "whoami":
      return { user: "lab", url: BACKEND };
    case "stack init":
      return save([]);
    case "stack export":
      return values.file === undefined ? read(STATE) : copyFileSync(STATE, String(values.file));
    case "stack import":
      return replaceFile(STATE, readFileSync(String(values.file), "utf8"));
    case "stack history":
      return history();
    case "stack tag":
      return tag(positionals.slice(2));
    case "up":
      return up();
    default:
      throw new Error(`the stand-in for pulumi has no command ${command}`);
  }
}

async function up(): Promise<void> {
  const startTime = new Date();
  // Not loaded for the other commands, as that takes long.
  const { update } = require("./update") as typeof import("./update");
  const options = { targets: values.target as string[] | undefined, refresh: values.refresh === true };
  await update(String(values.stack), states(), options, save);
  const { message } = values;
  const entry = { kind: "update", result: "succeeded", message, startTime, endTime: new Date() };
  replaceFile(HISTORY, JSON.stringify([entry, ...history()]));
}

const read = (name: string) => JSON.parse(readFileSync(name, "utf8"));
const states = (): ResourceState[] => read(STATE).deployment.resources;

function tag([command = "", name = "", value = ""]: string[]): object | undefined {
  const tags = existsSync(TAGS) ? read(TAGS) : {};
  if (command === "ls") return tags;
  replaceFile(TAGS, JSON.stringify({ ...tags, [name]: value }));
  return undefined;
}

const history = (): object[] => (existsSync(HISTORY) ? read(HISTORY) : []);

function save(resources: readonly ResourceState[]): void {
  replaceFile(STATE, JSON.stringify({ version: 3, deployment: { resources } }));
}

main(positionals.slice(0, 2).join(" ")).then(
  (answer) => {
    if (answer !== undefined)
      process.stdout.write(typeof answer === "string" ? answer : JSON.stringify(answer));
  },
  (error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  },
);
