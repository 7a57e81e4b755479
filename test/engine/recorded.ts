/** What a run with the engine wrote down, for machines without one: states, configurations, and what the engine said. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../cli/run";
import type { Digest } from "./compare";
import type { Deployment } from "./scenarios";

const FOLDER = join(__dirname, "recorded");

/** Whether a run with the engine is to write down what it saw: `RECORD=1`. */
export const recording = process.env.RECORD !== undefined;

export interface RecordedScenario {
  /** The stack's file on our side. */
  readonly stackFile: string;
  /** Words of `-c` on our side. */
  readonly overrides: readonly string[];
  readonly engine: { readonly code: number; readonly digest: Digest };
}

/** One deployed state and every preview from there. */
export interface Recorded {
  /** Tells the program that made the state from others. */
  readonly program: string;
  readonly stackFile: string;
  /** What `pulumi stack export` wrote. */
  readonly state: unknown;
  /** By title. */
  readonly scenarios: Record<string, RecordedScenario>;
}

const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "-");

export const fileOf = (deployment: Deployment, state: string): string =>
  join(FOLDER, `${slug(deployment.title)}-${slug(state)}.json`);

export function readRecorded(file: string): Recorded | undefined {
  if (!existsSync(file)) return undefined;
  const { urns, ...recorded } = JSON.parse(readFileSync(file, "utf8")) as Recorded & { urns: string[] };
  for (const { engine } of Object.values(recorded.scenarios)) expand(engine.digest as Shortened, urns);
  return recorded;
}

export function writeRecorded(file: string, recorded: Recorded): void {
  mkdirSync(FOLDER, { recursive: true });
  const copy = JSON.parse(JSON.stringify(recorded, lasting)) as Recorded;
  const urns: string[] = [];
  for (const { engine } of Object.values(copy.scenarios)) shorten(engine.digest as Shortened, urns);
  const scenarios = Object.entries(copy.scenarios).map((entry) => entry.map((one) => JSON.stringify(one)));
  const { scenarios: _, ...rest } = copy;
  // A line for each scenario, so that a new recording is a small change.
  const text = `${JSON.stringify({ ...rest, urns }, undefined, 1).slice(0, -2)},
 "scenarios": {\n${scenarios.map((entry) => `  ${entry.join(": ")}`).join(",\n")}\n }\n}\n`;
  writeFileSync(file, masked(text));
}

/** A digest whose steps that stay the same are places in a list of URNs. */
type Shortened = { -readonly [Key in keyof Digest]: Digest[Key] } & { same?: string };

function shorten(digest: Shortened, urns: string[]): void {
  const place = (urn: string): number => (urns.includes(urn) ? urns.indexOf(urn) : urns.push(urn) - 1);
  const [same, other] = [
    (digest.steps ?? []).filter(({ op }) => op === "same"),
    (digest.steps ?? []).filter(({ op }) => op !== "same"),
  ];
  digest.same = same.map(({ urn }) => place(urn)).join(" ");
  digest.steps = other.map(({ op, urn, replaceReasons, detailedDiff }) => ({
    op,
    urn,
    ...(replaceReasons?.length && { replaceReasons }),
    ...(detailedDiff && Object.keys(detailedDiff).length > 0 && { detailedDiff }),
  }));
}

function expand(digest: Shortened, urns: readonly string[]): void {
  const places = digest.same === undefined || digest.same === "" ? [] : digest.same.split(" ");
  const same = places.map((place) => ({ op: "same", urn: urns[Number(place)] ?? "" }));
  digest.steps = [...same, ...(digest.steps ?? [])];
}

/** What differs from one run, or one machine, to the next. */
const PASSING = new Set([
  "created",
  "modified",
  "time",
  "manifest",
  "salt",
  "sourcePosition",
  "stackTrace",
  "diagnostics",
]);
const lasting = (key: string, value: unknown): unknown => (PASSING.has(key) ? undefined : value);

/** In place of the file in KUBECONFIG, which is a provider's default. */
export const RECORDED_KUBECONFIG = "/kubeconfig";

/** Ciphertexts differ from one run to the next, and are nobody's business. */
const masked = (text: string): string =>
  text
    .replaceAll(process.env.KUBECONFIG || RECORDED_KUBECONFIG, RECORDED_KUBECONFIG)
    .replace(
      /v1:[\w+/=-]{8,}:[\w+/=-]{8,}/g,
      (ciphertext) => `v1:${createHash("sha256").update(ciphertext).digest("hex").slice(0, 12)}`,
    );

/** A text that changes with anything that the program declares for the stack's file as it stands in the folder. */
export async function fingerprint(folder: string, stack: string): Promise<string> {
  const here = process.cwd();
  process.chdir(folder);
  try {
    const { code, stdout, stderr } = await run("render", "-s", stack, "--format", "json");
    if (code !== 0) throw new Error(stderr);
    return createHash("sha256").update(masked(stdout)).digest("hex");
  } finally {
    process.chdir(here);
  }
}
