/** Pulumi's engine through its Automation API: same workspace, backend, lock and history as `pulumi up`. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { putPulumiOnPath } from "../../base/pulumi-cli";
import { messageOf } from "../../base/user-error";
import { BACK_VARIABLE } from "../../stacks/settings";
import type { Tags } from "../heartbeat/tags";
import { EngineError, NoPulumiError, NoTagsError } from "./errors";
import { endSession, newMark, type ProcessSession, readSession, SESSION_VARIABLE } from "./session-process";
import { freeLocks } from "./stale-locks";

export interface UpdateOptions {
  /** For the stack's history. */
  readonly message: string;
  /** URNs that alone are updated; default all. */
  readonly targets?: readonly string[];
  /** URNs that are left as they are. */
  readonly exclude?: readonly string[];
  /** Whether the state is first read anew from what there is. */
  readonly refresh?: boolean;
  /** File that stands in place of the stack's. */
  readonly configFile?: string;
  /** Gets what the engine prints. */
  readonly onOutput?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What a rollout asks of an engine about one stack. */
export interface Engine {
  /** What `pulumi stack export` prints. */
  exportState(): Promise<string>;
  /** Updates the stack from its file. */
  up(options: UpdateOptions): Promise<void>;
  /**
   * Ends what is left of an update that this project's rollouts began and lost, and clears locks whose process is gone.
   *
   * @throws EngineError when somebody else's update is under way
   */
  recover(): Promise<void>;
  /** Undefined if nothing that other machines see is kept. */
  readonly tags?: Tags;
}

export { EngineError, NoPulumiError } from "./errors";

/** Seconds that an update gets to end by itself. */
const GRACE_SECONDS = 8;

/** @throws NoPulumiError if there is no engine */
export async function pulumiEngine(
  folder: string,
  project: string,
  stack: string,
  qualifiedStack = stack,
): Promise<Engine> {
  const { LocalWorkspace, PulumiCommand, Stack } = await import("@pulumi/pulumi/automation/index.js");
  const processFile = join(folder, ".canary", `${stack}.process`);
  if (!putPulumiOnPath(folder)) throw new NoPulumiError();
  const command = await PulumiCommand.get({ skipVersionCheck: true });
  const run = runner(processFile);
  Object.assign(command, { run });
  const workspace = await LocalWorkspace.create({ workDir: folder, pulumiCommand: command });
  const selected = await Stack.select(qualifiedStack, workspace);
  return {
    exportState: async () => JSON.stringify(await selected.exportStack()),
    up: async ({ targets, exclude, ...options }) => {
      options.signal.throwIfAborted();
      await selected.up({
        ...options,
        color: "never",
        ...(targets && { target: [...targets] }),
        ...(exclude && { exclude: [...exclude] }),
      });
    },
    recover: async () => {
      await endSession(readSession(processFile), GRACE_SECONDS);
      const { url = "" } = await workspace.whoAmI();
      freeLocks(url, project, stack);
    },
    tags: tagsOf((words, signal) =>
      run(["stack", "tag", ...words, "--stack", qualifiedStack], folder, {}, undefined, undefined, signal),
    ),
  };
}

/** @param tag runs `pulumi stack tag` about the stack */
function tagsOf(tag: (words: string[], signal: AbortSignal) => Promise<CommandResult>): Tags {
  const tagged = async (words: string[], signal: AbortSignal): Promise<string> => {
    try {
      return (await tag(words, signal)).stdout;
    } catch (error) {
      if (!NO_TAGS.test(messageOf(error))) throw error;
      throw new NoTagsError(`${messageOf(error)}; allowed: Pulumi's CLI 3.211 or later`);
    }
  };
  return {
    async read(signal) {
      const text = await tagged(["ls", "--json"], signal);
      try {
        return z.record(z.string(), z.string()).parse(JSON.parse(text));
      } catch {
        throw new EngineError("pulumi stack tag ls answers with no tags");
      }
    },
    async set(name, value, signal) {
      await tagged(["set", name, value], signal);
    },
  };
}

/** As backends without Pulumi Cloud say it before https://github.com/pulumi/pulumi/pull/19882. */
const NO_TAGS = /stack tags not supported/;

/**
 * What the API would run beside what it is asked for, and what it gets instead. To select a stack would change what the
 * user's next `pulumi up` is about: every command names its stack. Outputs and history would be read after each update,
 * for seconds in which nobody looks whether it is observed.
 */
const NOT_RUN: Readonly<Record<string, string>> = {
  "stack select": "",
  "stack output": "{}",
  "stack history": "[]",
};

interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

type Run = (
  args: string[],
  cwd: string,
  env: Record<string, string>,
  onOutput?: (text: string) => void,
  onError?: (text: string) => void,
  signal?: AbortSignal,
) => Promise<CommandResult>;

/**
 * In place of the Automation API's own way to run `pulumi`: in a session of its own, so that Ctrl-C in the terminal does not
 * cancel an update half-way, and so that what an update leaves behind can be found.
 */
const runner =
  (processFile: string): Run =>
  (args, cwd, env, onOutput, onError, signal) => {
    const instead = NOT_RUN[args.slice(0, 2).join(" ")];
    if (instead !== undefined) return Promise.resolve(result(instead, ""));
    return new Promise((resolve, reject) => {
      const mark = newMark();
      const child = spawn("pulumi", [...args, "--non-interactive"], {
        cwd,
        env: {
          ...process.env,
          ...env,
          PULUMI_AUTOMATION_API: "true",
          [SESSION_VARIABLE]: mark,
          // Who goes back updates the routing alone.
          ...(args.some((arg) => arg.startsWith("--target")) && { [BACK_VARIABLE]: "true" }),
        },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const own: ProcessSession = { pid: child.pid ?? 0, mark };
      const isUpdate = args[0] === "up";
      if (isUpdate) {
        try {
          mkdirSync(dirname(processFile), { recursive: true });
          writeFileSync(processFile, JSON.stringify(own));
        } catch {
          // On a full disk the update itself matters more than that a later command finds it.
        }
      }
      const cancel = (): void => void endSession(own, GRACE_SECONDS);
      signal?.addEventListener("abort", cancel, { once: true });
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        onOutput?.(text);
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        onError?.(text);
      });
      child.on("error", reject);
      child.on("close", (code) => {
        signal?.removeEventListener("abort", cancel);
        // One that was killed may have left others behind.
        if (isUpdate && code !== null) rmSync(processFile, { force: true });
        if (code === 0) resolve(result(stdout, stderr));
        else if (signal?.aborted)
          reject(new EngineError(`the update was cancelled: ${String(signal.reason)}`));
        else reject(new EngineError(saidBy(stderr, stdout)));
      });
    });
  };

const result = (stdout: string, stderr: string): CommandResult => ({ stdout, stderr, code: 0 });

const MOST_LINES = 4;

/** The errors among what the engine printed, in one line. */
function saidBy(stderr: string, stdout: string): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim());
  const errors = [...new Set(lines.filter((line) => /(^|\s)error: /.test(line)))];
  const details = errors.filter((line) => !/update failed$/.test(line));
  const locked = lines.filter((line) => /: created by .+ \(pid \d+\)/.test(line));
  return (
    [...(details.length > 0 ? details : errors), ...locked].slice(0, MOST_LINES).join("; ") || "pulumi failed"
  );
}
