import { Command, InvalidArgumentError } from "commander";
import { data, jsonText, print, tellLine } from "../base/output";
import { UserError } from "../base/user-error";
import { processStatus } from "../lab/dial";
import { type LaunchedLab, launch } from "../lab/launch";
import { signalInside, spawnInside } from "../lab/namespace";
import { MOST_NODES } from "../lab/network";
import { furtherParts, hasSources, type Part } from "../lab/parts";
import { DEFAULT_NAME, endLab, files, type LabState, labFolder, requireLab, runningLabs } from "../lab/state";
import { EXIT } from "./errors";

interface LabOptions {
  readonly name: string;
}

interface UpOptions extends LabOptions {
  readonly nodes: number;
  readonly edgeNodes: number;
  readonly with: readonly Part[];
  readonly foreground: boolean;
}

/** Signals that end a command, and what a shell reports of it then. */
const ENDING = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** `canary lab`: a local cluster that is real where it matters, without root or Docker. */
export function labCommand(): Command {
  const lab = new Command("lab");
  lab.enablePositionalOptions();
  lab.hook("preAction", () => {
    if (hasSources()) return;
    throw new UserError(
      "canary lab: its parts are built from the repository, which the package does not carry: run it in a clone of canary-traffic",
    );
  });
  named(lab.command("up"))
    .description("start a lab; its parts are built from source once")
    .option("--nodes <n>", "nodes that take no outside traffic", nodeCount(1), 3)
    .option("--edge-nodes <n>", "nodes that do", nodeCount(0), 2)
    .option("--with <part>", `one part more: ${partNames.join(", ")}; may be repeated`, withPart, [])
    .option("--foreground", "stay, and end the lab on Ctrl-C", false)
    .action(up);
  lab
    .command("status")
    .description("show the labs that run; exits 1 when there is none")
    .option("--json", "print JSON", false)
    .action(status);
  named(lab.command("exec"))
    .description("run a command in the lab's network, with KUBECONFIG set")
    .argument("<command...>", "the command and its arguments")
    .passThroughOptions()
    .action(exec);
  named(lab.command("down")).description("end a lab and remove all that is its").action(down);
  return lab;
}

/** As the other commands' progress, but most of it tells what is done by then. */
function progress(message: string): void {
  if (process.stderr.isTTY) tellLine(message);
}

/** Printed if there is no terminal, too: twelve minutes without a word look like a hang. */
function building(message: string): void {
  tellLine(message);
}

const named = (command: Command): Command =>
  command.option("--name <name>", "the lab; several run side by side", DEFAULT_NAME);

function nodeCount(least: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= least && count <= MOST_NODES) return count;
    throw new InvalidArgumentError(`allowed: an integer from ${least} to ${MOST_NODES}`);
  };
}

const partNames = furtherParts.map(({ name }) => name);

function withPart(name: string, before: readonly Part[]): readonly Part[] {
  const part = furtherParts.find((one) => one.name === name);
  if (part !== undefined) return [...before, part];
  throw new InvalidArgumentError(`allowed: ${partNames.join(", ")}`);
}

async function up({ name, nodes, edgeNodes, foreground, with: further }: UpOptions): Promise<void> {
  const start = Date.now();
  const end = new AbortController();
  const stop = (signal: NodeJS.Signals): void => end.abort(signal);
  for (const signal of endings) process.on(signal, stop);
  try {
    const lab = await launch({ name, nodes, edgeNodes, further, progress, building, signal: end.signal });
    progress(`lab ${name}: up after ${((Date.now() - start) / 1000).toFixed(1)} s`);
    print(howToUse(lab.state));
    if (foreground) await untilEnded(lab, end.signal);
    else lab.release();
  } catch (error) {
    if (!end.signal.aborted) throw error;
    process.exitCode = ENDING[end.signal.reason as keyof typeof ENDING];
  } finally {
    for (const signal of endings) process.off(signal, stop);
  }
}

const endings = Object.keys(ENDING) as (keyof typeof ENDING)[];

function howToUse({ name, nodes, edgeNodes }: LabState): string {
  const option = name === DEFAULT_NAME ? "" : `--name ${name} `;
  return [
    `lab ${name} is up: ${nodes.length} nodes, ${edgeNodes.length} edge nodes`,
    `  canary lab exec ${option}kubectl get nodes`,
    `  canary lab down ${option}`.trimEnd(),
    "",
  ].join("\n");
}

async function untilEnded(lab: LaunchedLab, signal: AbortSignal): Promise<void> {
  const asked = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  await Promise.race([lab.ended, asked]);
  await endLab(lab.state);
  signal.throwIfAborted();
}

async function status({ json }: { json: boolean }): Promise<void> {
  const labs = await Promise.all(
    runningLabs().map(async (state) => ({
      ...state,
      kubeconfig: files.kubeconfig(labFolder(state.name)),
      logs: files.logs(labFolder(state.name)),
      // One that is being started or ended answers nothing.
      processes: await processStatus(files.gateway(labFolder(state.name))).catch(() => []),
    })),
  );
  process.exitCode = labs.length > 0 ? EXIT.done : EXIT.no;
  if (json) {
    data(jsonText(labs, 2));
    return;
  }
  if (labs.length === 0) print("no lab is up\n");
  for (const { name, createdAt, nodes, edgeNodes, logs, processes } of labs) {
    const size = `${nodes.length} nodes, ${edgeNodes.length} edge nodes`;
    print(`${name}: ${size}, since ${createdAt}, logs in ${logs}\n`);
    for (const { name: program, memory, restarts, pid } of processes) {
      const state = pid === undefined ? "restarting" : `${memory} MiB`;
      print(`  ${program.padEnd(24)} ${state}${restarts > 0 ? `, ${restarts} restarts` : ""}\n`);
    }
  }
}

/** The command's exit code is ours, and every signal that would end us goes to the command instead. */
function exec(command: string[], { name }: LabOptions): Promise<void> {
  const { pid } = requireLab(name);
  const env = { ...process.env, KUBECONFIG: files.kubeconfig(labFolder(name)) };
  const child = spawnInside(pid, command, { stdio: "inherit", env });
  const pass = (signal: NodeJS.Signals): void => {
    // From a terminal it has reached the command by itself.
    if (signal !== "SIGINT" || !process.stdin.isTTY) signalInside(child, signal);
  };
  for (const signal of endings) process.on(signal, pass);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      for (const ending of endings) process.off(ending, pass);
      process.exitCode = code ?? ENDING[signal as keyof typeof ENDING] ?? EXIT.no;
      resolve();
    });
  });
}

async function down({ name }: LabOptions): Promise<void> {
  await endLab(requireLab(name));
}
