/** The old side of a preview from git: the program and configuration as they stood at another revision. */
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { ownScript } from "../base/own-script";
import { checkOut, type ProjectPlace } from "./checkout";
import { ConfigurationError, readConfiguration, type StackConfiguration } from "./configuration";
import { fileAt, git, mergeBase } from "./git";
import { deployed } from "./preview";
import { stackFileName, stackFolder } from "./stack-names";
import type { ResourceState } from "./state";
import { readYaml } from "./yaml";

/** What the child process that evaluates the old program sends back. */
export type BaseMessage = { readonly states: readonly ResourceState[] } | { readonly error: string };

/** The old side of a preview. */
export interface OldSide {
  readonly states: readonly ResourceState[];
  /** What people should know about how it came about; empty where it is as usual. */
  readonly notes: readonly string[];
  /** The configuration there; without a stack file the project's own. Undefined if no revision is compared. */
  readonly configuration?: StackConfiguration;
  /** The configuration of the providers that it is deployed by; undefined if that is as it is now. */
  readonly providers?: Readonly<Record<string, string>>;
}

/**
 * What the stack comes to at the merge base of `revision` and the current commit, everything deployed. Where the program
 * does not run there, that commit's configuration is tried with the program as it is here, and the notes say so.
 *
 * @throws ConfigurationError when there is no merge base to be found, or no place for checkouts
 */
export async function deployedAt(
  folder: string,
  stack: string,
  revision: string,
  progress: (message: string) => void,
): Promise<OldSide> {
  const commit = await mergeBase(folder, revision);
  const place = await placeOf(folder);
  const { files, stackFile } = await configurationFiles(place, commit, stack);
  const at = commit.slice(0, 12);
  const isNew = !(stackFile in files);
  const configuration = inFolder({ [stackFile]: "config: {}", ...files }, (settings) =>
    configurationThere(settings, folder, stack),
  );
  if (isNew) {
    const note = `stack ${stack} is new: ${at} (the merge base with ${revision}) has no ${stackFile}, so everything is to create`;
    return { states: [], notes: [note], configuration };
  }
  try {
    const { folder: there, hasOwnPackages } = await checkOut(place, commit, progress);
    progress(`evaluating ${stack} at ${at}`);
    const states = await (hasOwnPackages ? evaluateApart : evaluateHere)(there, stack);
    return { states, notes: [], configuration, providers: readConfiguration(there, stack).values };
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const reason = `the program does not run at ${at}, the merge base with ${revision} (${firstLine(error)})`;
    return { ...(await configurationOnly(folder, files, stack, reason)), configuration };
  }
}

/** The configuration in `settings`; what can't be read there, or is not there, holds nothing. */
function configurationThere(settings: string, folder: string, stack: string): StackConfiguration {
  try {
    return readConfiguration(settings, stack);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { ...readConfiguration(folder, stack), values: {}, secretKeys: [] };
  }
}

async function placeOf(folder: string): Promise<ProjectPlace> {
  const top = realpathSync(await git(folder, "rev-parse", "--show-toplevel"));
  return { top, below: relative(top, realpathSync(folder)).split(sep).join("/") };
}

/** The texts of the project's file and the stack's, by name, without one that the commit lacks; and the latter's name. */
async function configurationFiles(
  { top, below }: ProjectPlace,
  commit: string,
  stack: string,
): Promise<{ files: Readonly<Record<string, string>>; stackFile: string }> {
  const files: Record<string, string> = {};
  const read = async (name: string): Promise<string | undefined> => {
    const text = await fileAt(top, commit, below === "" ? name : `${below}/${name}`);
    if (text !== undefined) files[name] = text;
    return text;
  };
  const project = (await read("Pulumi.yaml")) ?? "";
  const stackFile = join(stackFolder("", folderSettings(project)), stackFileName(stack))
    .split(sep)
    .join("/");
  await read(stackFile);
  return { files, stackFile };
}

/** A project's file as far as it can be read: its own error is another's to tell. */
function folderSettings(text: string): ReturnType<typeof readYaml> {
  try {
    return readYaml("Pulumi.yaml", text);
  } catch {
    return {};
  }
}

/** What `use` makes of a folder with these files, which is gone after. */
function inFolder<T>(files: Readonly<Record<string, string>>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "canary-base-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The program as it is here with the configuration as it was. */
async function configurationOnly(
  folder: string,
  files: Readonly<Record<string, string>>,
  stack: string,
  reason: string,
): Promise<OldSide> {
  try {
    const { main } = readConfiguration(folder, stack);
    const there = inFolder(files, (settings) => readConfiguration(settings, stack));
    const states = await deployed(folder, { ...there, main });
    return { states, notes: [`${reason}: only the configuration is compared, by the program as it is here`] };
  } catch (error) {
    const note = `${reason}, nor does its configuration suit the program as it is here (${firstLine(error)}): everything shows as to create`;
    return { states: [], notes: [note] };
  }
}

const LONGEST_REASON = 300;

function firstLine(error: unknown): string {
  const [first = "", ...more] = (error as Error).message.trim().split("\n");
  const others = more.length === 0 ? "" : ` and ${more.length} more lines`;
  return first.slice(0, LONGEST_REASON) + others;
}

/** How much of what a failed child said is kept, in characters. */
const TAIL = 2000;

/** Evaluates a program with the packages of this process. What is wrong with it is nobody's to mend here. */
async function evaluateHere(folder: string, stack: string): Promise<readonly ResourceState[]> {
  try {
    return await deployed(folder, readConfiguration(folder, stack));
  } catch (error) {
    throw new Error((error as Error).message);
  }
}

/** Evaluates a program in a process of its own: this one has other packages loaded. */
function evaluateApart(folder: string, stack: string): Promise<readonly ResourceState[]> {
  return new Promise((resolve, reject) => {
    const { file, execArgv } = ownScript(__dirname, "base-child");
    const child = fork(file, [folder, stack], {
      execArgv: [...execArgv],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-TAIL);
    });
    child.on("message", (message: BaseMessage) => {
      if ("states" in message) resolve(message.states);
      else reject(new Error(message.error));
    });
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`it ended with ${code} and no answer: ${said.trim()}`)));
  });
}
