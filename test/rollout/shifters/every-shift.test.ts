import assert from "node:assert/strict";
import { type FrontName, fronts } from "../../../components/aws/fronts";
import { routerNames } from "../../../components/routers";
import { deployed, isChange, isStack, preview } from "../../../offline/preview";
import type { Step } from "../../../offline/step";
import { inCluster } from "../../../rollout/shifters/by-hand";
import { routingOf, shiftOf } from "../../../rollout/shifters/routing-objects";
import { rawSettings } from "../../../stacks/raw";
import { hasFleets, parseSettings, type Settings } from "../../../stacks/settings";
import { PROJECT } from "../../cli/project";
import { configuration } from "../../stacks/migrations";
import { dev, onBoth, prod, type Raw, theirs } from "../../stacks/raw";

const FRONTS = Object.keys(fronts) as FrontName[];
const canaryAmiId = "ami-0b1c2d3e4f5061728";
const stacks: readonly (readonly [string, (canaryWeight: number) => Raw])[] = [
  ...FRONTS.map(
    (loadBalancer) =>
      [
        loadBalancer,
        (canaryWeight: number) => prod({ canaryWeight, aws: { loadBalancer, canaryAmiId } }),
      ] as const,
  ),
  ...FRONTS.map(
    (loadBalancer) =>
      [
        `migration with ${loadBalancer}`,
        (canaryWeight: number) => onBoth({ canaryWeight, aws: { loadBalancer, canaryAmiId } }),
      ] as const,
  ),
  ...FRONTS.map(
    (loadBalancer) =>
      [
        `others' fleet with ${loadBalancer}`,
        (canaryWeight: number) => ({ ...theirs(loadBalancer), canaryWeight }),
      ] as const,
  ),
  ...routerNames().map(
    (router) => [router, (canaryWeight: number) => dev({ canaryWeight, router })] as const,
  ),
];

/** What `kubectl` and `aws` are to be told does all that the shift does. */
function assertByHand(shifts: readonly Step[], settings: Settings): void {
  const { lines, left } = inCluster(shifts, { "kubernetes:context": "east" });
  assert.deepEqual(left, []);
  for (const line of lines) assert.doesNotMatch(line, /^kubectl (?!--context east -n myapp )/);
  for (const { op, old, fresh } of shifts) {
    const inputs = fresh?.inputs ?? {};
    const named = `/${(inputs.metadata as { name?: string } | undefined)?.name} `;
    if (fresh?.type.startsWith("aws:") && hasFleets(settings)) {
      const shifted = { id: "id-in-aws", inputs, size: 0, attached: [] };
      const words = fronts[settings.aws.loadBalancer]
        .byHand(shifted)
        .map((command) => command.words.join(" "));
      const { minSize, actions, defaultActions = actions } = inputs;
      assert.match(words.join("\n"), /id-in-aws/);
      const weights = JSON.stringify(defaultActions ?? []).match(/(?<="weight":)\d+/g) ?? [minSize];
      const told = words.join("\n").match(/(?<="Weight":|--min-size )\d+/g);
      assert.deepEqual(told, weights.map(String));
    } else if (op === "update") {
      const line = lines.find((each) => each.includes(` patch ${inputs.kind}`) && each.includes(named));
      const [, patch = ""] = /-p '(.*)'$/.exec(line ?? "") ?? [];
      const told = JSON.parse(patch.replaceAll("-by-hand", ""));
      assert.deepEqual(mergePatched(old?.inputs ?? {}, told), inputs);
    } else if (op === "create") {
      assert.match(
        lines.join("\n"),
        new RegExp(`apply --server-side -f - <<'END'\n[^]*name: ${named.slice(1, -1)}-by-hand\\n`),
      );
    }
  }
}

/** https://www.rfc-editor.org/rfc/rfc7386 */
function mergePatched(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const own = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, unknown> = { ...own };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatched(result[key], value);
  }
  return result;
}

describe("a change of weight alone", () => {
  for (const [title, settings] of stacks) {
    it(`is one to a rollout, and has resources to go back by: ${title}`, async function () {
      const [was, is] = [configuration(settings(0)), configuration(settings(100))];
      let parsed: ReturnType<typeof parseSettings>;
      try {
        parsed = parseSettings(rawSettings(is.project, is.values));
      } catch {
        return this.skip();
      }
      const before = await deployed(PROJECT, was);
      const { steps } = await preview(PROJECT, is, before);
      const changes = steps.filter((step) => isChange(step) && !isStack(step));
      const shifts = changes.filter(shiftOf(parsed, ["myapp"]));
      assert.deepEqual(
        changes.map(({ urn }) => urn),
        shifts.map(({ urn }) => urn),
      );
      assert.ok(changes.length > 0, "nothing changes");
      const targets = before.filter(routingOf(parsed, ["myapp"])).map(({ urn }) => urn);
      assert.deepEqual(
        changes.filter(({ op, urn }) => op !== "create" && !targets.includes(urn)),
        [],
      );
      assert.deepEqual(before.filter(routingOf(parsed, ["other"])), []);
      assertByHand(shifts, parsed);
    });
  }
});
