/** What sources said since the start of a step, so that each judgement asks about the end of it alone. */
import type { Counted } from "./counts";
import type { Growth } from "./growth";
import type { Sample, Series } from "./source";

interface Asked {
  readonly from: number;
  readonly to: number;
}

/** What was said of one variant's metric. */
interface Said {
  readonly from: number;
  readonly intervals: Map<number, Counted>;
  readonly samples: Sample[];
  /** Whether the source is to be asked about the whole window. */
  isWhole?: boolean;
  /** What was counted in all until then, if a source tells no more. */
  total?: Counted;
}

/** Milliseconds by which a start may seem to move, as two clocks tell it. */
const SAME_MS = 1000;
/** Intervals at the end that may still have grown since they were read. */
const OPEN = 3;

/** Lives as long as a rollout's process: after a resume all is asked anew. */
export class Memory {
  private readonly said = new Map<string, Said>();
  private readonly kept = new Map<string, Promise<unknown>>();
  private readonly grew = new Map<string, Map<string, Growth>>();

  /** What was measured in a window that grows, of which `read` is asked for what is new. */
  async grown(key: string, { from, to }: Asked, read: (asked: Asked) => Promise<Series>): Promise<Series> {
    const known = this.said.get(key);
    // A clock that is set is another begin; one that ticks is not.
    const isSame = known !== undefined && Math.abs(known.from - from) < SAME_MS;
    const before: Said = isSame ? known : { from, intervals: new Map(), samples: [] };
    const ends = [...before.intervals.keys()];
    const since = before.isWhole ? from : (ends.at(-OPEN) ?? from);
    const series = await read({ from: since, to });
    this.said.set(key, before);
    if (series.isMomentary) before.samples.push(...series.samples);
    const samples = series.isMomentary ? [...before.samples] : series.samples;
    if (series.counts === undefined) return { ...series, samples };
    const { told } = series.counts;
    before.isWhole = told !== undefined;
    for (const each of series.counts.intervals) {
      const interval = told === "total" ? newSince(before, each) : each;
      if (interval !== undefined) before.intervals.set(interval.time, interval);
    }
    const intervals = [...before.intervals.values()].sort((a, b) => a.time - b.time);
    return { ...series, samples, counts: { ...series.counts, intervals } };
  }

  /** How the evidence of one metric grew. */
  courses(key: string): Map<string, Growth> {
    const known = this.grew.get(key) ?? new Map<string, Growth>();
    this.grew.set(key, known);
    return known;
  }

  /** What `read` came to when it was asked first. */
  once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const kept = this.kept.get(key) as Promise<T> | undefined;
    if (kept !== undefined) return kept;
    const asked = read();
    this.kept.set(key, asked);
    asked.catch(() => this.kept.delete(key));
    return asked;
  }
}

/** What a total has more than the last one; a total that fell is a counter's new begin. */
function newSince(said: Said, total: Counted): Counted | undefined {
  const { total: last } = said;
  said.total = total;
  if (last === undefined || total.requests < last.requests) return last === undefined ? total : undefined;
  const bad = total.bad.map((each, i) => each - (last.bad[i] ?? 0));
  const requests = total.requests - last.requests;
  if (bad.some((each) => each < 0 || each > requests)) return undefined;
  return { time: total.time, requests, bad };
}
