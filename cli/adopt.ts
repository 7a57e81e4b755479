import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { Command } from "commander";
import { type Adopted, adoptFromAws, adoptFromCluster } from "../adoption";
import { theirAccount } from "../adoption/account";
import { foundLabel } from "../adoption/found";
import type { KeepManifest } from "../adoption/ingresses";
import { settingsText, withSettings } from "../adoption/settings";
import { print, tellLine } from "../base/output";
import { replaceFile } from "../base/replace-file";
import { UserError } from "../base/user-error";
import type { StackConfiguration } from "../offline/configuration";
import { stackFile } from "../offline/stack-names";
import { awsAccess, shownAccess } from "../status/aws-access";
import { kubernetesCluster } from "../status/kubernetes";
import { EXIT } from "./errors";
import { type StackOptions, withStackOptions } from "./options";
import { readStack } from "./read-stack";

interface AdoptOptions extends StackOptions {
  readonly fromAws: boolean;
  readonly fromCluster: boolean;
  readonly region?: string;
  readonly context?: string;
  readonly manifest?: string;
  readonly write: boolean;
}

/** `canary adopt`: the settings by which the program takes over what is there. Exits 1 if nothing was found. */
export function adoptCommand(): Command {
  return withStackOptions(new Command("adopt"))
    .option("--from-aws", "look in AWS, by the DNS records of the apps' hosts; changes nothing there", false)
    .option("--region <region>", "AWS region; default aws:region of the stack, then the environment's")
    .option(
      "--from-cluster",
      "look in a Kubernetes cluster, by the Ingresses of the apps' hosts; changes nothing there",
      false,
    )
    .option("--context <name>", "context of the kubeconfig; default its current one")
    .option(
      "--manifest <folder>",
      "with --from-cluster: keep each app's own objects in a file of this folder of the project, FOLDER/APP.yaml",
    )
    .option("--write", "put the settings into the stack's file", false)
    .action(async (options: AdoptOptions) => {
      if (options.fromAws === options.fromCluster)
        throw new UserError("canary adopt: allowed is one of --from-aws and --from-cluster");
      if (options.manifest !== undefined && !options.fromCluster)
        throw new UserError(`--manifest ${options.manifest}: allowed with --from-cluster only`);
      process.exitCode = await run(options);
    });
}

async function run({ write, ...options }: AdoptOptions): Promise<number> {
  const { folder, asAsked } = readStack(options);
  const adoption = await found(folder, asAsked, options);
  print(adoptionText(adoption));
  if (adoption.found.length === 0) return EXIT.no;
  if (write) {
    const file = stackFile(folder, options.stack);
    const text = withSettings(readFileSync(file, "utf8"), adoption.settings);
    replaceFile(file, text);
    tellLine(`written to ${file}`);
  }
  return EXIT.done;
}

/**
 * What the stack's apps run on.
 *
 * @throws UserError if that place can't be read
 */
export async function found(
  folder: string,
  configuration: StackConfiguration,
  { fromAws, region, context, manifest }: Pick<AdoptOptions, "fromAws" | "region" | "context" | "manifest">,
): Promise<Adopted> {
  if (fromAws) {
    const access = awsAccess(configuration.values, region);
    tellLine(`looking at ${await shownAccess(access)}`);
    return adoptFromAws(folder, configuration, await theirAccount(access));
  }
  const cluster = await kubernetesCluster(configuration.values, context);
  tellLine(`looking at ${cluster.title}`);
  const keep = manifest === undefined ? undefined : manifestKeeper(folder, manifest);
  return adoptFromCluster(folder, configuration, cluster, keep);
}

/**
 * Writes manifests below the project's folder: the program reads them there to see what the first update would change.
 *
 * @throws UserError if a file is there already, or the folder is no place of the project's
 */
export function manifestKeeper(folder: string, manifests: string): KeepManifest {
  if (isAbsolute(manifests) || manifests.split(/[\\/]/).includes(".."))
    throw new UserError(`--manifest ${manifests}: allowed: a folder below the project's`);
  return (app, text) => {
    const file = join(manifests, `${app}.yaml`);
    if (existsSync(join(folder, file)))
      throw new UserError(
        `--manifest ${manifests}: there is ${file} already; allowed: another folder, or without that file`,
      );
    mkdirSync(join(folder, manifests), { recursive: true });
    replaceFile(join(folder, file), text);
    tellLine(`written: ${file}`);
    return file;
  };
}

/** YAML for a stack's file, with comments on what was found. */
export function adoptionText({ found, notes, commands, differences, settings }: Adopted): string {
  const part = (title: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ""
      : [title, ...lines.map((line) => `  ${line}`)].map((line) => `# ${line}\n`).join("");
  const taken = found.map((resource) => `${foundLabel(resource)}: ${resource.id}`);
  return [
    part("Found:", taken.length > 0 ? taken : ["nothing"]),
    part("No setting can express:", notes),
    part("To be run once by somebody, before this is run again:", commands),
    part("The first update would change, as far as was read:", differences),
    differences.some((line) => line.startsWith("LaunchTemplate/"))
      ? "# A change of a launch template replaces its group's instances, a few at a time.\n"
      : "",
    part("What was not read, such as tags of load balancers, the engine's own preview shows:", [
      "pulumi preview --diff",
    ]),
    found.length > 0 ? settingsText(settings) : "",
  ].join("");
}
