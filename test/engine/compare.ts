/** Whether two previews in Pulumi's JSON say the same. */

interface State {
  readonly type: string;
}

export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly oldState?: State;
  readonly newState?: State;
  readonly replaceReasons?: readonly string[] | null;
  readonly detailedDiff?: Readonly<Record<string, { readonly kind: string }>> | null;
  readonly mayChange?: boolean;
}

export interface Digest {
  readonly steps?: readonly Step[];
  readonly changeSummary?: Readonly<Record<string, number>>;
}

const DEFAULT_PROVIDER = /::pulumi:providers:[^:]+::default(_|$)/;

/** Steps by URN; a resource that is imported and updated at once has two. */
function byUrn({ steps = [] }: Digest): Map<string, Step[]> {
  const found = new Map<string, Step[]>();
  for (const step of steps) {
    if (!DEFAULT_PROVIDER.test(step.urn)) found.set(step.urn, [...(found.get(step.urn) ?? []), step]);
  }
  return found;
}

/** The engine's word for what was read and is no longer, which `canary` has no op for. */
const OURS: Readonly<Record<string, string>> = { discard: "delete" };
const opOf = ({ op }: Step): string => OURS[op] ?? op;

const short = (urn: string): string => urn.split("::").slice(2).join("::");

/** The digest without what the engine did not come to, because the API refused something before. */
export function upToFailure(canary: Digest, { steps = [] }: Digest): Digest {
  const reached = new Set(steps.map(({ urn }) => urn));
  return { steps: (canary.steps ?? []).filter(({ urn }) => reached.has(urn)) };
}

/**
 * What `canary` says otherwise than the engine, a line each. Where `canary` says that something may change, the engine
 * may say same, or a change.
 *
 * @param details whether to compare each property's difference, too
 */
export function differences(engine: Digest, canary: Digest, details: boolean): string[] {
  const [theirs, ours] = [byUrn(engine), byUrn(canary)];
  const lines: string[] = [];
  const undecided = new Set<string>();
  for (const urn of new Set([...theirs.keys(), ...ours.keys()])) {
    const [expected = [], found = []] = [theirs.get(urn), ours.get(urn)];
    if (found.some((step) => step.mayChange && step.op !== "same")) {
      undecided.add(urn);
      continue;
    }
    const ops = (steps: readonly Step[]): string => steps.map(opOf).join("+") || "nothing";
    if (ops(expected) !== ops(found)) {
      lines.push(`${short(urn)}: the engine says ${ops(expected)}, canary ${ops(found)}`);
      continue;
    }
    expected.forEach((step, i) => {
      lines.push(...stepDifferences(step, found[i] ?? step, details));
    });
  }
  if (engine.changeSummary !== undefined && canary.changeSummary !== undefined) {
    const [expected, found] = [sums(engine, undecided), sums(canary, undecided)];
    if (expected !== found) lines.push(`changeSummary: the engine says ${expected}, canary ${found}`);
  }
  return lines;
}

/** How many resources meet each op, without those that may change. */
function sums({ changeSummary = {}, steps = [] }: Digest, undecided: ReadonlySet<string>): string {
  const { mayChange: _, ...counted } = changeSummary;
  const counts = new Map<string, number>();
  const count = (op: string, by: number): void => {
    counts.set(OURS[op] ?? op, (counts.get(OURS[op] ?? op) ?? 0) + by);
  };
  for (const [op, number] of Object.entries(counted)) count(op, number);
  for (const { op, urn, mayChange } of steps) if (undecided.has(urn) && !mayChange) count(op, -1);
  return JSON.stringify(Object.fromEntries([...counts].filter(([, number]) => number > 0).sort()));
}

function stepDifferences(engine: Step, canary: Step, details: boolean): string[] {
  const lines: string[] = [];
  const replaces = (step: Step): boolean => (step.replaceReasons ?? []).length > 0;
  if (replaces(engine) !== replaces(canary)) {
    lines.push(
      `${short(engine.urn)}: replaceReasons of the engine ${JSON.stringify(engine.replaceReasons ?? [])}, ` +
        `of canary ${JSON.stringify(canary.replaceReasons ?? [])}`,
    );
  }
  const kinds = (step: Step): string =>
    Object.entries(step.detailedDiff ?? {})
      .map(([path, { kind }]) => `${path} ${kind}`)
      .sort()
      .join(", ");
  // Plugins say of their own configuration only that it differs.
  const detailed = details && !engine.urn.includes("::pulumi:providers:");
  if (detailed && kinds(engine) !== kinds(canary)) {
    lines.push(
      `${short(engine.urn)}: detailedDiff of the engine [${kinds(engine)}], of canary [${kinds(canary)}]`,
    );
  }
  return lines;
}
