import assert from "node:assert/strict";
import fc from "fast-check";
import { type FrontName, fronts } from "../../components/aws/fronts";
import { awsTypes } from "../../components/aws/types";
import { diffProperties } from "../../offline/diff";
import { deployed, isChange, preview } from "../../offline/preview";
import { shownAt } from "../../offline/shown";
import type { ResourceState } from "../../offline/state";
import { previewFindings } from "../../policy/preview";
import { previewMarkdown } from "../../reports/markdown";
import { previewText } from "../../reports/text";
import { placesOf } from "../../rollout/places";
import { planPromotion } from "../../rollout/updates/promotion";
import { advice } from "../../stacks/advice";
import { elb } from "../../stacks/elb";
import { parseSettings } from "../../stacks/settings";
import { PROJECT } from "../cli/project";
import { type Declared, declared } from "../components/aws/declared";
import { configuration } from "./migrations";
import { type Raw, theirFleet, theirs } from "./raw";

const FRONTS = Object.keys(fronts) as FrontName[];

function settingsOf(raw: Raw) {
  const settings = parseSettings(raw);
  if (settings.platform !== "elb") throw new Error("settings of another platform");
  return settings;
}

const made = (raw: Raw): Promise<Declared[]> => declared(() => void elb(settingsOf(raw)));

const identity = ({ type, name }: Declared): string => `${type} ${name}`;

/** What a shift may change, by type. */
const WEIGHTS: Readonly<Record<string, RegExp>> = {
  [awsTypes.listener]: /^defaultActions\[0\]\.forward\.targetGroups\[\d\]\.weight$/,
  [awsTypes.listenerRule]: /^actions\[0\]\.forward\.targetGroups\[\d\]\.weight$/,
  [awsTypes.group]:
    /^(minSize|maxSize|desiredCapacity|waitForElbCapacity|waitForCapacityTimeout|loadBalancers\[\d\])$/,
};

describe("an app whose fleet others make", function () {
  this.timeout(60_000);

  it("has a rule, a listener or its groups, and nothing else", async () => {
    const types = async (kind: FrontName) =>
      (await made(theirs(kind))).map(({ type }) => type.split(":").at(-1));
    assert.deepEqual(await types("alb"), ["ExistingFleet", "ListenerRule"]);
    assert.deepEqual(await types("nlb"), ["ExistingFleet", "Listener"]);
    assert.deepEqual(await types("classic"), ["ExistingFleet", "Group", "Group"]);
  });

  it("differs by weights, sizes and attachments alone, whatever its weights and variants", async () => {
    const split = fc
      .uniqueArray(fc.constantFrom("blue", "canary", "green"), { minLength: 1 })
      .chain((names) =>
        fc.tuple(
          fc.constant(names),
          ...[0, 1].map(() => fc.array(fc.integer({ min: 0, max: 3333 }), { minLength: 3, maxLength: 3 })),
        ),
      );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FRONTS), split, async (kind, [names, ...both]) => {
        const at = (weights: readonly number[]): Promise<Declared[]> => {
          const canaries = names.map((name, i) => [name, { weight: (weights[i] ?? 0) / 100 }]);
          const existing = theirFleet(kind, ["primary", ...names]);
          const resources = made(theirs(kind, { canaries: Object.fromEntries(canaries), existing }));
          // What waits for nothing comes in any order.
          return resources.then((all) => all.sort((a, b) => (identity(a) < identity(b) ? -1 : 1)));
        };
        const [one = [], other = []] = both;
        const before = await at(one);
        const after = await at(other);
        assert.deepEqual(before.map(identity), after.map(identity));
        for (const [i, { type, inputs }] of before.entries()) {
          const rules = { replaces: () => false };
          const paths = Object.keys(diffProperties(inputs as never, after[i]?.inputs as never, rules));
          for (const path of paths) assert.match(path, WEIGHTS[type] ?? /^$/, `${type}: ${path}`);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("takes over the primary's group after the canary's", async () => {
    const groups = (await made(theirs("classic"))).filter(({ type }) => type === awsTypes.group);
    const [primary] = groups.filter(({ name }) => name === "myapp");
    assert.ok(primary?.doneBefore.includes("Group/myapp-canary"));
    assert.deepEqual(primary?.inputs.loadBalancers, ["web"]);
  });

  for (const [kind, changed] of [
    ["alb", ["ListenerRule/myapp-1a2b3c4d5e6f7081"]],
    ["nlb", ["Listener/myapp-1a2b3c4d5e6f7081"]],
    ["classic", ["Group/myapp-canary"]],
  ] as const)
    it(`is imported once and never deleted, and shifted by ${changed} (${kind})`, async () => {
      const olds = await deployed(PROJECT, configuration(theirs(kind)));
      const shifted = { ...theirs(kind), canaryWeight: 25 };
      const { steps } = await preview(PROJECT, configuration(shifted), olds);
      const updates = steps.filter(({ op, type }) => op !== "same" && type.startsWith("aws:"));
      assert.deepEqual(
        updates.map(({ op, type, name }) => `${op} ${type.split(":").at(-1)}/${name}`),
        changed.map((label) => `update ${label}`),
      );
      const first = await preview(PROJECT, configuration(shifted), []);
      const ops = first.steps.filter(({ type }) => type.startsWith("aws:")).map(({ op }) => op);
      assert.deepEqual([...new Set(ops)], [kind === "alb" ? "create" : "import"]);
      const gone = await preview(
        PROJECT,
        configuration(theirs("alb", { existing: theirFleet("alb", ["primary", "canary"]) })),
        olds,
      );
      for (const { op, type, old } of gone.steps.filter(isChange))
        if (op === "delete" && type.startsWith("aws:")) assert.ok(old?.retainOnDelete, type);
    });

  it("comes with its users, which the first preview says unless all stay with the primary", async () => {
    const first = async (canaryWeight: number, olds: readonly ResourceState[] = [], change: Raw = {}) => {
      const raw = { ...theirs("alb", change), canaryWeight };
      const found = await preview(PROJECT, configuration(raw), olds);
      const report = { stack: "prod", notes: [], preview: found, findings: [], loosened: [] };
      const text = previewText(found, { showSames: false, colour: false });
      return { text, comment: previewMarkdown([report], { compared: "both", command: "preview" }) };
    };
    const said =
      /^.*myapp: users come with what it takes over: 25 % of them go to canary at once, whatever was before$/m;
    const { text, comment } = await first(25);
    assert.match(text, said);
    assert.match(comment, said);
    assert.match(comment, /^- ⚠️ /m);
    assert.match((await first(0)).comment, /^- ✅ /m);
    const olds = await deployed(PROJECT, configuration(theirs("alb")));
    assert.match((await first(25, olds)).comment, /^- ✅ /m);
    const fleet = theirFleet("alb", ["primary", "canary"]);
    const [listener = ""] = fleet.listenerArns as string[];
    const both = { existing: { ...fleet, listenerArns: [listener, listener.replace(/1$/, "2")] } };
    assert.match((await first(25, olds, both)).comment, said);
  });

  describe("of which something is forgotten while it has users by a weight", () => {
    const ofClassic = (groups: Raw, canaries: Raw): Raw =>
      theirs("classic", {
        canaries,
        existing: { groups: { primary: "web-primary", ...groups }, loadBalancers: { primary: "web" } },
      });
    const both = ofClassic({ blue: "b", green: "g" }, { blue: { weight: 20 }, green: { weight: 20 } });
    const fleet = theirFleet("nlb", ["primary", "canary"]);
    const [listener = ""] = fleet.listenerArns as string[];
    const two = theirs("nlb", {
      existing: { ...fleet, listenerArns: [listener, listener.replace(/1$/, "2")] },
    });

    for (const [title, from, to, forgotten] of [
      ["a canary's group", both, ofClassic({ green: "g" }, { green: { weight: 20 } }), "Group myapp-blue"],
      [
        "a canary's group for another one",
        both,
        ofClassic({ blue: "b2", green: "g" }, { blue: { weight: 20 }, green: { weight: 20 } }),
        "Group myapp-blue",
      ],
      [
        "the primary's group for another one",
        theirs("classic"),
        theirs("classic", {
          existing: {
            groups: { primary: "web-v3", canary: "web-canary" },
            loadBalancers: { primary: "web" },
          },
        }),
        "Group myapp",
      ],
      ["one of an NLB's listeners", two, theirs("nlb"), "Listener myapp-1a2b3c4d5e6f7082"],
    ] as const)
      it(`refuses to leave ${title}, and warns in a preview that it stays`, async () => {
        const found = await preview(PROJECT, configuration(to), await deployed(PROJECT, configuration(from)));
        const findings = previewFindings(found).filter(({ rule }) => rule === "traffic-kept");
        assert.deepEqual(
          findings.map(({ message, severity }) => [message.split(" takes ")[0], severity]),
          [[forgotten, "mandatory"]],
        );
        const report = { stack: "prod", notes: [], preview: found, findings: [], loosened: [] };
        const comment = previewMarkdown([report], { compared: "both", command: "preview" });
        assert.match(comment, /^- ⚠️ /m);
        assert.ok(comment.includes(`> - will be forgotten, and stay as it is: ${forgotten}`), comment);
        assert.doesNotMatch(comment, /will be deleted/);
      });

    it("lets a canary's group go at weight 0, and a fleet whose users all have the primary", async () => {
      const idle = ofClassic({ blue: "b", green: "g" }, { blue: { weight: 0 }, green: { weight: 20 } });
      const alone = ofClassic({ green: "g" }, { green: { weight: 20 } });
      const gone = theirs("alb");
      for (const [from, to] of [
        [idle, alone],
        [{ ...theirs("classic"), canaryWeight: 0 }, gone],
        [{ ...theirs("nlb"), canaryWeight: 0 }, gone],
      ] as const) {
        const found = await preview(PROJECT, configuration(to), await deployed(PROJECT, configuration(from)));
        assert.deepEqual(
          previewFindings(found).filter(({ rule }) => rule === "traffic-kept"),
          [],
        );
      }
    });
  });

  it("is counted by the names that its ARNs have", async () => {
    const place = async (kind: FrontName) => {
      const { place } = placesOf(parseSettings(theirs(kind)), () => assert.fail("not asked"));
      return (await place("myapp", "canary")).balancer?.dimensions;
    };
    assert.deepEqual(await place("alb"), {
      TargetGroup: "targetgroup/web-canary/0123456789abcdef",
      LoadBalancer: "app/web/0a1b2c3d4e5f6071",
    });
    assert.deepEqual(await place("classic"), { LoadBalancerName: "web" });
  });

  it("tells other stacks what it is made of", async () => {
    const olds = await deployed(PROJECT, configuration(theirs("alb")));
    const outputs = olds.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
    const { name, arn } = shownAt(outputs, "fleets.myapp.targetGroups.canary") as Record<string, string>;
    assert.deepEqual(
      [name, arn?.split(":").at(-1)],
      ["web-canary", "targetgroup/web-canary/0123456789abcdef"],
    );
    assert.equal(shownAt(outputs, "fleets.myapp.loadBalancers.primary.name"), "web");
    assert.equal(shownAt(outputs, "loadBalancers.myapp"), undefined);
  });

  it("is promoted by whoever makes its instances", () => {
    const settings = settingsOf(theirs("alb"));
    const target = { app: "myapp", canary: "canary" };
    assert.throws(
      () => planPromotion("", "canary-traffic", settings, [target], { "myapp/canary": 100 }, []),
      /^Error: myapp\/canary: promote is not the program's, as its instances are made by whoever makes its fleet: give the instances of target group web-primary the version of those of target group web-canary there, then run canary rollback$/,
    );
  });

  it("is given no advice about what others set", () => {
    assert.deepEqual(advice(settingsOf(theirs("alb")), theirs("alb")), []);
  });

  it("refuses patches of what it leaves as it is", async () => {
    const patch = { target: { kind: "Group", name: "myapp" }, merge: { healthCheckType: "EC2" } };
    const raw = { ...theirs("classic"), patches: [patch] };
    await assert.rejects(
      deployed(PROJECT, configuration(raw)),
      /patches\[0\]\.merge is .*; allowed: other fields of Group\/myapp than healthCheckType: its maker sets it/,
    );
  });
});
