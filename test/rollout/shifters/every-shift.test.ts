import assert from "node:assert/strict";
import { type FrontName, fronts } from "../../../components/aws/fronts";
import { routerNames } from "../../../components/routers";
import { deployed, isChange, isStack, preview } from "../../../offline/preview";
import { routingOf, shiftOf } from "../../../rollout/shifters/routing-objects";
import { rawSettings } from "../../../stacks/raw";
import { parseSettings } from "../../../stacks/settings";
import { PROJECT } from "../../cli/project";
import { configuration } from "../../stacks/migrations";
import { dev, onBoth, prod, type Raw } from "../../stacks/raw";

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
  ...routerNames().map(
    (router) => [router, (canaryWeight: number) => dev({ canaryWeight, router })] as const,
  ),
];

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
    });
  }
});
