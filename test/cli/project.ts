/** Projects of a test's own: this program, with stack files made by hand. */
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";

export const PROJECT = resolve(__dirname, "../..");

export class Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "canary-")));
  private readonly before = process.cwd();
  private readonly selected = process.env.PULUMI_STACK;

  /** Makes the project and works in it, on stack dev, until `remove`. */
  constructor() {
    const project = { name: "canary-traffic", main: join(PROJECT, "index.ts"), runtime: "nodejs" };
    this.write("Pulumi.yaml", stringify(project));
    symlinkSync(join(PROJECT, "node_modules"), join(this.folder, "node_modules"), "junction");
    process.chdir(this.folder);
    process.env.PULUMI_STACK = "dev";
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  stackFile(stack: string, settings: Record<string, unknown>): void {
    const config = Object.entries(settings).map(([key, value]) => [`canary-traffic:${key}`, value]);
    this.write(`Pulumi.${stack}.yaml`, stringify({ config: Object.fromEntries(config) }));
  }

  remove(): void {
    process.chdir(this.before);
    if (this.selected === undefined) delete process.env.PULUMI_STACK;
    else process.env.PULUMI_STACK = this.selected;
    rmSync(this.folder, { recursive: true });
  }
}
