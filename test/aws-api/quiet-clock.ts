/** Time that passes while everybody sleeps, and stands still while anybody waits for a real answer. */
import type { Clock } from "../../analysis/clock";

export class QuietClock implements Clock {
  private time = 0;
  private busy = 0;
  private sleepers: { at: number; wake: () => void }[] = [];

  /** @param start milliseconds since the epoch */
  constructor(private readonly start: number) {}

  now = (): number => this.start + this.time;
  elapsed = (): number => this.time;

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const interrupt = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
        this.goOn();
      };
      const wake = (): void => {
        signal.removeEventListener("abort", interrupt);
        resolve();
      };
      const sleeper = { at: this.time + milliseconds, wake };
      this.sleepers.push(sleeper);
      signal.addEventListener("abort", interrupt);
      this.goOn();
    });
  }

  /** What no time passes for. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work();
    } finally {
      this.busy--;
      this.goOn();
    }
  }

  /** The same object, for whose answers no time passes. */
  without<T extends object>(made: T): T {
    return new Proxy(made, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => this.work(async () => value.apply(target, given));
      },
    });
  }

  private goOn(): void {
    setImmediate(() => {
      if (this.busy > 0) return;
      const [next] = this.sleepers.sort((a, b) => a.at - b.at);
      if (next === undefined) return;
      this.sleepers.shift();
      this.time = Math.max(this.time, next.at);
      next.wake();
    });
  }
}
