import { resolve } from "node:path";
import type { KubernetesObject } from "../../lab/cluster";
import { type Override, parseOverride, readConfiguration } from "../../offline/configuration";
import { renderObjects } from "../../offline/manifests";
import { evaluate } from "../../offline/program";

const PROJECT = resolve(__dirname, "..", "..");

/**
 * What `canary render` prints.
 *
 * @param stack one with a file Pulumi.<stack>.yaml
 * @param overrides as `-c` takes them with `--config-path`, such as `apps.myapp.canaryWeight=25`
 */
export async function rendered(
  stack: string,
  overrides: readonly string[] = [],
): Promise<KubernetesObject[]> {
  const key = JSON.stringify([stack, ...overrides]);
  const objects = known.get(key) ?? render(stack, overrides);
  known.set(key, objects);
  return structuredClone(await objects);
}

/** What has been rendered before: tests ask for the same again and again. */
const known = new Map<string, Promise<KubernetesObject[]>>();

async function render(stack: string, overrides: readonly string[]): Promise<KubernetesObject[]> {
  const parsed: Override[] = overrides.map((text) => parseOverride(text, true));
  const { states } = await evaluate(PROJECT, readConfiguration(PROJECT, stack, parsed), []);
  return renderObjects(states).objects as unknown as KubernetesObject[];
}
