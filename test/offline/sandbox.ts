/** Small programs to evaluate in this process. */
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Override, readConfiguration } from "../../offline/configuration";
import { deployed, isStack, type Preview, preview } from "../../offline/preview";
import type { ResourceState } from "../../offline/state";
import type { Step } from "../../offline/step";

const PROJECT = resolve(__dirname, "../..");

/** What every program can use. */
const IMPORTS = `
import { Group } from "@pulumi/aws/autoscaling/group";
import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { IngressClass } from "@pulumi/kubernetes/networking/v1/ingressClass";
import * as pulumi from "@pulumi/pulumi";

class Box extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions, args = {}) {
    super("test:index:Box", name, args, opts);
    new ConfigMap(\`\${name}-lid\`, { data: { a: "1" } }, { parent: this });
    this.registerOutputs({});
  }
}

const podOf = (value: pulumi.Input<string>) => ({
  metadata: { labels: { app: "a" } },
  spec: { containers: [{ name: "app", image: "app:1", env: [{ name: "OF", value }] }] },
});
const deployment = (name: string, value: pulumi.Input<string>, opts = {}) =>
  new Deployment(name, { spec: { selector: { matchLabels: { app: "a" } }, template: podOf(value) } }, opts);
`;

/** A project in a temporary folder. */
export class Sandbox {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "canary-offline-")));

  constructor(stackConfiguration = "{}") {
    this.write("Pulumi.yaml", "name: sandbox\nmain: index.ts\nruntime: nodejs\n");
    this.write("Pulumi.dev.yaml", stackConfiguration);
    this.write("package.json", "{}");
    symlinkSync(join(PROJECT, "node_modules"), join(this.folder, "node_modules"), "junction");
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  program(body: string): void {
    this.write("index.ts", `${IMPORTS}\n${body}`);
  }

  configuration(overrides: readonly Override[] = []) {
    return readConfiguration(this.folder, "dev", overrides);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** What a program comes to when everything is deployed. */
export async function deployedBy(body: string): Promise<readonly ResourceState[]> {
  const sandbox = new Sandbox();
  try {
    sandbox.program(body);
    return await deployed(sandbox.folder, sandbox.configuration());
  } finally {
    sandbox.remove();
  }
}

/** Previews the step from one program to another, or from a checkpoint's resources to a program. */
export async function previewed(from: string | readonly ResourceState[], to: string): Promise<Preview> {
  const olds = typeof from === "string" ? await deployedBy(from) : from;
  const sandbox = new Sandbox();
  try {
    sandbox.program(to);
    return await preview(sandbox.folder, sandbox.configuration(), olds);
  } finally {
    sandbox.remove();
  }
}

/** The step of the one resource of a name. */
export function stepOf({ steps }: Preview, name: string): Step {
  const [step, ...others] = steps.filter((each) => each.name === name);
  if (step === undefined || others.length > 0) throw new Error(`${others.length} others are named ${name}`);
  return step;
}

/** What changes: name and op of each resource but the stack that does not stay the same. */
export const changes = ({ steps }: Preview): Record<string, string> =>
  Object.fromEntries(
    steps.filter((step) => step.op !== "same" && !isStack(step)).map(({ name, op }) => [name, op]),
  );

/** The paths that differ in a step, with the kind of difference. */
export const paths = ({ detailedDiff }: Step): Record<string, string> =>
  Object.fromEntries(Object.entries(detailedDiff).map(([path, { kind }]) => [path, kind]));
