/** `canary init`: a project for a service of one's own. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { stringify } from "yaml";
import { withSettings } from "../../adoption/settings";
import { print, tellLine } from "../../base/output";
import { UserError } from "../../base/user-error";
import { readConfiguration } from "../../offline/configuration";
import { fileReason, isFileError, makeFolder } from "../../offline/folder";
import { preview } from "../../offline/preview";
import { shownPreview } from "../../offline/secrets";
import { stackFileName } from "../../offline/stack-names";
import { readYaml } from "../../offline/yaml";
import { previewText } from "../../reports/text";
import { adoptionText, found } from "../adopt";
import { EXIT } from "../errors";
import { progress } from "../progress";
import { readSettings } from "../settings";
import { type Asker, answered, atTerminal } from "./ask";
import { type Files, KEPT, OWN_NAME, packagesFor, projectFiles, stackText } from "./files";
import { type From, type InitAnswers, platformFrom, questionNames, questions, refusalOf } from "./questions";

type Options = InitAnswers & {
  readonly fromAws: boolean;
  readonly fromCluster: boolean;
  readonly context?: string;
  readonly manifest?: string;
};

/** Nobody is asked if nobody could answer. */
const asker = (): Asker | undefined =>
  process.stdin.isTTY && process.stdout.isTTY && !process.env.CI ? atTerminal : undefined;

/** `canary init`: writes a project for one app, and previews it. */
export function initCommand(): Command {
  const command = new Command("init").argument("[folder]", "where; made if need be", ".");
  for (const name of questionNames) {
    const { flags, message, choices } = questions[name];
    const option = new Option(flags, choices ? `${message}: ${choices.join(", ")}` : message);
    command.addOption(option);
  }
  return command
    .option("--from-aws", "take over what the app runs on in AWS, as canary adopt finds it", false)
    .option("--from-cluster", "take over what the app runs on in a cluster, as canary adopt finds it", false)
    .option("--context <name>", "with --from-cluster: context of the kubeconfig; default its current one")
    .option("--manifest <folder>", "with --from-cluster: keep the app's own objects in a file of this folder")
    .addHelpText(
      "after",
      `
Without a terminal nothing is asked: what is needed and missing is named, and nothing is written. No file is ever overwritten.

Examples:
  canary init --platform kubernetes --app shop --host shop.example.com --image registry.example.com/shop:1.0.0
  canary init --from-cluster --app shop --host shop.example.com --manifest k8s`,
    )
    .action(async (folder: string, { fromAws, fromCluster, context, manifest, ...given }: Options) => {
      if (fromAws && fromCluster)
        throw new UserError("--from-aws and --from-cluster: allowed is one of them");
      const from: From | undefined = fromAws ? "aws" : fromCluster ? "cluster" : undefined;
      for (const [flag, value] of Object.entries({ context, manifest }))
        if (value !== undefined && from !== "cluster")
          throw new UserError(`--${flag} ${value}: allowed with --from-cluster only`);
      const place = resolve(folder);
      refuseInTheWay(place, ["Pulumi.yaml", "index.ts", stackFileName(given.stack ?? "dev")]);
      const platform = from && platformFrom(from);
      if (platform !== undefined && (given.platform ?? platform) !== platform)
        throw new UserError(`--platform ${given.platform}: allowed with --from-${from}: ${platform}`);
      const answers = await answered(
        { ...given, ...(platform && { platform }), ...(from && { from }) },
        nameOf(place),
        asker(),
      );
      process.exitCode = await make(place, answers, { context, manifest });
    });
}

/** The folder's name, if a project can have it. */
const nameOf = (place: string): InitAnswers =>
  refusalOf("name", basename(place)) === undefined ? { name: basename(place) } : {};

interface Adopting {
  readonly context: string | undefined;
  readonly manifest: string | undefined;
}

/** Makes all in a folder of its own first: nothing is written unless the program takes it. */
async function make(place: string, answers: InitAnswers, adopting: Adopting): Promise<number> {
  const draft = mkdtempSync(join(tmpdir(), "canary-init-"));
  try {
    const files = new Map([
      ...projectFiles(answers),
      [stackFileName(answers.stack ?? ""), stackText(answers)],
    ]);
    const whole = await completed(draft, files, answers, adopting);
    if (whole === undefined) return EXIT.no;
    const configuration = readConfiguration(draft, answers.stack ?? "");
    const absent = absentBeside(ownProgram(), packagesFor(answers)).filter((name) => name !== OWN_NAME);
    let text = "";
    if (absent.length === 0) {
      progress("Previewing");
      const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
      const previewed = await preview(draft, configuration, []);
      text = previewText(shownPreview(previewed), { showSames: false, colour });
    } else readSettings(configuration);
    const { made, kept } = write(place, whole);
    print(text);
    if (absent.length > 0) tellLine(`not previewed: ${absent.join(" and ")} is not installed beside canary`);
    for (const file of kept) tellLine(`kept as it is: ${file}`);
    for (const file of made) tellLine(`written: ${file}`);
    for (const line of nextSteps(place, answers, kept)) tellLine(line);
    return EXIT.done;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The files with what runs already, if that is asked for; undefined if nothing was found. */
async function completed(
  draft: string,
  files: Files,
  { from, region, stack = "", name, app }: InitAnswers,
  { context, manifest }: Adopting,
): Promise<Files | undefined> {
  const stackFile = stackFileName(stack);
  const text = files.get(stackFile) ?? "";
  // The program that the project imports, which may not be installed yet.
  writeFileSync(join(draft, "Pulumi.yaml"), stringify({ name, main: ownProgram(), runtime: "nodejs" }));
  writeFileSync(join(draft, stackFile), text);
  if (from === undefined) return files;
  const adoption = await found(draft, readConfiguration(draft, stack), {
    fromAws: from === "aws",
    ...(region && { region }),
    ...(context !== undefined && { context }),
    ...(manifest !== undefined && { manifest }),
  });
  print(adoptionText({ ...adoption, settings: {} }));
  if (adoption.found.length === 0 && Object.keys(adoption.settings).length === 0) {
    tellLine(`nothing was found, so nothing was written; without --from-${from} a project begins anew`);
    return undefined;
  }
  const whole = withSettings(text, adoption.settings);
  writeFileSync(join(draft, stackFile), whole);
  const objects = manifest === undefined ? undefined : join(manifest, `${app}.yaml`);
  const taken = objects !== undefined && existsSync(join(draft, objects)) ? [objects] : [];
  return new Map([
    ...files,
    ...taken.map((file) => [file, readFileSync(join(draft, file), "utf8")] as const),
    [stackFile, whole],
  ]);
}

/** The first file of this package's own project. */
function ownProgram(): string {
  const own = resolve(__dirname, "..", "..");
  return join(own, String(readYaml(join(own, "Pulumi.yaml")).main));
}

/** Those of the packages that a file can't import. */
function absentBeside(file: string, packages: object): string[] {
  const require = createRequire(file);
  return Object.keys(packages).filter((name) => {
    try {
      require.resolve(`${name}/package.json`);
      return false;
    } catch {
      return true;
    }
  });
}

/** @throws UserError that names every file of a project that is there already */
function refuseInTheWay(place: string, files: readonly string[]): void {
  const there = files.filter((file) => !KEPT.includes(file) && existsSync(join(place, file)));
  if (there.length === 0) return;
  throw new UserError(
    `${place}: ${there.join(", ")} ${there.length === 1 ? "is" : "are"} there already; nothing was written; allowed: a folder without`,
  );
}

/** Writes the files, all or none. */
function write(place: string, files: Files): { made: readonly string[]; kept: readonly string[] } {
  refuseInTheWay(place, [...files.keys()]);
  const made: string[] = [];
  const kept: string[] = [];
  try {
    for (const [file, text] of files) {
      const path = join(place, file);
      makeFolder(dirname(path));
      if (existsSync(path)) {
        kept.push(file);
      } else {
        writeFileSync(path, text, { flag: "wx" });
        made.push(file);
      }
    }
  } catch (error) {
    for (const file of made) rmSync(join(place, file), { force: true });
    throw isFileError(error)
      ? new UserError(
          `${place}: ${fileReason(error)}; nothing was written; allowed: a folder that takes files`,
        )
      : error;
  }
  return { made, kept };
}

/** What is left to do by hand. */
function nextSteps(place: string, answers: InitAnswers, kept: readonly string[]): string[] {
  const versions = packagesFor(answers);
  const lacking = absentBeside(join(place, "index.ts"), versions).map((name) => `${name}@${versions[name]}`);
  const install = !kept.includes("package.json")
    ? "npm install && "
    : lacking.length > 0
      ? `npm install --save-exact ${lacking.join(" ")} && `
      : "";
  const path = relative(process.cwd(), place);
  const enter = path === "" ? "" : `cd ${/^[\w./-]+$/.test(path) ? path : JSON.stringify(path)} && `;
  return [`next: ${enter}${install}npx canary doctor -s ${answers.stack}`];
}
