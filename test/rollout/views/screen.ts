/** A terminal that remembers what it shows, so that tests see what a person would. */
import { Writable } from "node:stream";

/** What it understands: cursor up, down and left, erasures, and modes, which change nothing that is seen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /\u001b\[(\??[\d;]*)([A-Za-z])/y;

export class Screen extends Writable {
  readonly isTTY = true;
  /** All that was ever written. */
  written = "";
  /** How often something was shown anew. */
  changes = 0;
  private drawn = [""];
  private row = 0;
  private column = 0;

  constructor(
    public columns = 100,
    public rows = 30,
  ) {
    super({ decodeStrings: false });
  }

  /** The lines, those that have scrolled away included. */
  get lines(): string[] {
    return this.drawn.map((line) => line.trimEnd());
  }

  get text(): string {
    return this.lines.join("\n");
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.written += chunk;
    this.changes++;
    for (let at = 0; at < chunk.length; ) {
      SEQUENCE.lastIndex = at;
      const found = SEQUENCE.exec(chunk);
      if (found === null) this.show(chunk[at++] ?? "");
      else {
        this.obey(found[2] ?? "", found[1] ?? "");
        at += found[0].length;
      }
    }
    done();
  }

  private show(character: string): void {
    if (character === "\n") {
      this.row++;
      this.column = 0;
      this.drawn[this.row] ??= "";
    } else {
      const line = (this.drawn[this.row] ?? "").padEnd(this.column);
      this.drawn[this.row] = line.slice(0, this.column) + character + line.slice(++this.column);
    }
  }

  private obey(command: string, parameter: string): void {
    const count = Number(parameter || 1);
    const line = this.drawn[this.row] ?? "";
    if (command === "A") this.row = Math.max(0, this.row - count);
    else if (command === "B") this.row = Math.min(this.drawn.length - 1, this.row + count);
    else if (command === "G") this.column = count - 1;
    else if (command === "K") this.drawn[this.row] = parameter === "2" ? "" : line.slice(0, this.column);
    else if (!["h", "l", "m"].includes(command)) throw new Error(`unknown: ${parameter}${command}`);
  }
}
