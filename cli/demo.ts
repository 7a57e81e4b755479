import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import pc from "picocolors";
import type { Clock } from "../analysis/clock";
import { systemClock } from "../analysis/clock";
import { print as printText } from "../base/output";
import { UserError } from "../base/user-error";
import { type Manifest, routers } from "../components/routers";
import { runDemo } from "../embedded/demo";
import { type ReadableRouter, readableRouters } from "../embedded/readers";
import { tellStory } from "../embedded/story";
import { readConfiguration, type StackConfiguration } from "../offline/configuration";
import { renderObjects } from "../offline/manifests";
import { deployed, preview } from "../offline/preview";
import { evaluate } from "../offline/program";
import { shownPreview } from "../offline/secrets";
import { outputsOf } from "../offline/state";
import { previewText } from "../reports/text";
import { openScreen } from "../rollout/views";
import { reportFile } from "../rollout/views/files";
import { EXIT } from "./errors";
import { choice } from "./options";
import { progress } from "./progress";
import { promote } from "./promote";
import { readSettings } from "./settings";

const PROJECT = resolve(__dirname, "..");
const STACK = "dev";
const OLD_WEIGHT = 10;
const NEW_WEIGHT = 25;
const MOST_REQUESTS = 100_000;
/** What a shell reports of a command that Ctrl-C ended. */
const INTERRUPTED = 130;

export interface DemoOptions {
  readonly router: ReadableRouter;
  readonly requests: number;
  readonly report?: string;
}

/** `canary demo`: the whole job in seconds on the embedded data plane. Exits 1 when a count is off or a request failed. */
export function demoCommand(): Command {
  return new Command("demo")
    .addOption(choice("--router <name>", "router whose objects to route by", readableRouters, "traefik"))
    .option("--requests <n>", "requests to send before the shift, and as many after it", requestCount, 1000)
    .option("--report <file>", "HTML page on the rollouts, written at the end")
    .action(async (options: DemoOptions) => {
      process.exitCode = await demo(options, systemClock);
    });
}

function requestCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST_REQUESTS) return count;
  throw new InvalidArgumentError(`allowed: an integer from 1 to ${MOST_REQUESTS}`);
}

/**
 * @param clock the rollouts' time
 * @returns the exit code
 */
export async function demo({ router, requests, report }: DemoOptions, clock: Clock): Promise<number> {
  const kept = report === undefined ? undefined : reportFile(report, [], clock.now);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  const colors = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);
  process.once("SIGINT", stop);
  try {
    const before = await renderAt(OLD_WEIGHT, router);
    const after = await renderAt(NEW_WEIGHT, router);
    for (const line of introduction(before)) print(line);
    const shift = await preview(PROJECT, after.configuration, await deployed(PROJECT, before.configuration));
    print("");
    print(previewText(shownPreview(shift), { showSames: false, colour: colors.isColorSupported }));
    const { passed } = await runDemo({
      router,
      before: before.manifests,
      after: after.manifests,
      host: before.host,
      requests,
      print,
      progress,
      colors,
      signal: interrupt.signal,
    });
    const rolledOut = await tellStory({
      router,
      clock,
      colors,
      print,
      signal: interrupt.signal,
      settingsOf: readSettings,
      openScreen: () => openScreen({ past: [], terminal: process.stdout, write: print }, clock.now),
      listeners: kept === undefined ? [] : [kept.hear],
      promote: (on) => promote(on, false),
    });
    for (const line of ["", ...REAL_THING]) print(line);
    return passed && rolledOut ? EXIT.done : EXIT.no;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    return INTERRUPTED;
  } finally {
    process.off("SIGINT", stop);
    await kept?.close();
  }
}

const print = (text: string): void => printText(`${text}\n`);

/** The stack's objects with the canary at some weight. */
interface Rendered {
  readonly configuration: StackConfiguration;
  readonly host: string;
  readonly manifests: readonly Manifest[];
}

/** Runs the program as `canary render` does. */
async function renderAt(weight: number, router: ReadableRouter): Promise<Rendered> {
  const overrides = [
    { key: "canaryWeight", value: String(weight), path: false },
    { key: "router", value: router, path: false },
  ];
  const configuration = readConfiguration(PROJECT, STACK, overrides);
  const { states } = await evaluate(PROJECT, configuration, []);
  const manifests = renderObjects(states).objects as unknown as readonly Manifest[];
  const hosts = Object.values(outputsOf(states)?.hosts ?? {});
  const [host] = hosts;
  if (typeof host !== "string" || Object.keys(routers[router].readWeights(manifests)).length === 0) {
    throw new UserError(
      `Pulumi.${STACK}.yaml: has no app that router ${router} serves, which canary demo needs`,
    );
  }
  return { configuration, host, manifests };
}

function introduction({ host }: Rendered): string[] {
  return [
    `The shift of ${host} from ${OLD_WEIGHT} to ${NEW_WEIGHT} % canary, stack ${STACK}, on this machine alone.`,
    "Real: the routing objects, rendered by the code that pulumi up runs, and every HTTP request.",
    "Embedded: no Kubernetes, no Traefik or other router. Local servers stand in for the apps, and a proxy in this",
    "process routes by the objects.",
  ];
}

const REAL_THING = [
  "The real thing, on your cluster: npx pulumi up, then one changed number and npx pulumi up again:",
  `  npx pulumi config set canaryWeight ${NEW_WEIGHT}`,
];
