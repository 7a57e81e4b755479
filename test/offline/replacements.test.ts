import assert from "node:assert/strict";
import { awsModel } from "../../offline/providers/aws";
import type { ResourceState } from "../../offline/state";
import { type Properties, UNKNOWN, valueAt } from "../../offline/values";
import { changes, paths, previewed, stepOf } from "./sandbox";

describe("a preview of replacements", () => {
  const fixedName = (level: number, options = "") => `
    const settings = new ConfigMap("settings", { metadata: { name: "settings" }, data: { level: "${level}" } }${options});
    const { uid } = settings.metadata;
    const user = new ConfigMap("user", { metadata: { name: "user" }, data: { of: uid } });
    new ConfigMap("users-user", { data: { of: user.metadata.uid } });
    deployment("web", uid);
    new IngressClass("elsewhere", { spec: { controller: uid } });
    new ConfigMap("ignoring", { data: { of: uid } }, { ignoreChanges: ["data"] });
    new ConfigMap("after", { data: { a: "1" } }, { dependsOn: [settings] });
    new IngressClass("strict", { spec: { controller: uid } }, { replaceOnChanges: ["spec"] });`;

  it("replaces, beside an object of fixed name, all that takes its outputs where a change could replace", async () => {
    const found = changes(await previewed(fixedName(1), fixedName(2)));
    const { settings, user, web, strict } = found;
    assert.deepEqual([settings, user, found["users-user"], web, strict], Array(5).fill("replace"));
  });

  it("updates what takes them elsewhere, and leaves alone what only comes after, or ignores that field", async () => {
    const { elsewhere, after, ignoring } = changes(await previewed(fixedName(1), fixedName(2)));
    assert.deepEqual([elsewhere, after, ignoring], ["update", undefined, undefined]);
  });

  it("replaces an auto-named object beside the old one, so that a Deployment with its name is updated", async () => {
    const program = (level: number) => `
      const settings = new ConfigMap("settings", { data: { level: "${level}" } });
      deployment("web", settings.metadata.name);`;
    const preview = await previewed(program(1), program(2));
    assert.deepEqual(changes(preview), { settings: "replace", web: "update" });
    const env = "spec.template.spec.containers[0].env[0].value";
    assert.deepEqual(paths(stepOf(preview, "web")), { [env]: "update" });
    assert.notEqual(valueAt(stepOf(preview, "web").fresh?.inputs, env), UNKNOWN);
  });

  it("keeps an auto-named object's name while it is updated", async () => {
    const program = (colour: string) => `
      const settings = new ConfigMap("settings", { metadata: { labels: { colour: "${colour}" } } });
      deployment("web", settings.metadata.name);
      deployment("by-uid", settings.metadata.uid);`;
    assert.deepEqual(changes(await previewed(program("red"), program("blue"))), { settings: "update" });
  });

  it("names the same content the same in every run", async () => {
    const program = `new ConfigMap("settings", { data: { level: "1" } });`;
    const names: unknown[] = [];
    for (const preview of [await previewed([], program), await previewed([], program)]) {
      names.push(valueAt(stepOf(preview, "settings").fresh?.inputs, "metadata.name"));
    }
    assert.equal(names[0], names[1]);
    assert.match(String(names[0]), /^settings-[0-9a-f]{8}$/);
  });

  const group = (template: string) => `
    const template = new LaunchTemplate("template", { instanceType: "t3.small", ${template} });
    new Group("group", {
      minSize: 1, maxSize: 1,
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
    });`;

  it("updates a group whose launch template gets a new version, which is not known yet", async () => {
    const preview = await previewed(group(`imageId: "ami-1"`), group(`imageId: "ami-2"`));
    assert.deepEqual(changes(preview), { template: "update", group: "update" });
    assert.deepEqual(paths(stepOf(preview, "group")), { "launchTemplate.version": "update" });
    assert.equal(valueAt(stepOf(preview, "group").fresh?.inputs, "launchTemplate.version"), UNKNOWN);
  });

  it("leaves the group alone where the launch template gets no new version", async () => {
    const preview = await previewed(group(`description: "a"`), group(`description: "b"`));
    assert.deepEqual(changes(preview), { template: "update" });
  });

  it("updates by what is computed from an unknown, not only by the unknown itself", async () => {
    const program = (image: string) => `${group(`imageId: "${image}"`)}
      new ConfigMap("note", { metadata: { annotations: { version: pulumi.interpolate\`v\${template.latestVersion}\` } } });`;
    assert.deepEqual(changes(await previewed(program("ami-1"), program("ami-2"))), {
      template: "update",
      group: "update",
      note: "update",
    });
  });

  it("replaces by deletion first on request, and not first on request", async () => {
    const first = `, { deleteBeforeReplace: true }`;
    const auto = (level: number) => `
      const settings = new ConfigMap("settings", { data: { level: "${level}" } }${first});
      const user = new ConfigMap("user", { metadata: { name: "user" }, data: { of: settings.metadata.uid } });
      new ConfigMap("bystander", { data: { a: "1" } });`;
    assert.deepEqual(changes(await previewed(auto(1), auto(2))), { settings: "replace", user: "replace" });
    const beside = `, { deleteBeforeReplace: false }`;
    assert.equal(changes(await previewed(fixedName(1, beside), fixedName(2, beside))).web, "update");
  });
});

describe("the AWS provider, offline,", () => {
  const state = (type: string, inputs: Properties): ResourceState => ({
    urn: `urn:${type}`,
    type,
    name: "a",
    custom: true,
    inputs,
    outputs: inputs,
    dependencies: [],
    propertyDependencies: {},
  });
  const kinds = (type: string, before: Properties, after: Properties) =>
    Object.fromEntries(
      Object.entries(awsModel.diff(state(type, before), after).detailed).map(([path, { kind }]) => [
        path,
        kind,
      ]),
    );
  const LB = "aws:lb/loadBalancer:LoadBalancer";
  const LISTENER = "aws:lb/listener:Listener";
  const GROUP = "aws:autoscaling/group:Group";
  const forward = (weight: number, stickiness?: Properties): Properties => ({
    defaultActions: [
      {
        type: "forward",
        forward: {
          targetGroups: [
            { arn: "a", weight: 100 - weight },
            { arn: "b", weight },
          ],
          ...(stickiness && { stickiness }),
        },
      },
    ],
  });

  for (const [type, before, after, expected] of [
    [LB, { loadBalancerType: "application" }, { loadBalancerType: "network" }, "update-replace"],
    [LB, { enableDeletionProtection: true }, { enableDeletionProtection: false }, "update"],
    [LB, { idleTimeout: 60 }, { idleTimeout: 90 }, "update"],
    ["aws:lb/targetGroup:TargetGroup", { port: 80 }, { port: 8080 }, "update-replace"],
    ["aws:lb/targetGroup:TargetGroup", { protocol: "HTTP" }, { protocol: "TCP" }, "update-replace"],
    ["aws:lb/targetGroup:TargetGroup", { deregistrationDelay: 60 }, { deregistrationDelay: 30 }, "update"],
    ["aws:lb/targetGroup:TargetGroup", {}, { slowStart: 60 }, "add"],
    [LISTENER, { loadBalancerArn: "a" }, { loadBalancerArn: "b" }, "update-replace"],
    [LISTENER, { protocol: "HTTP" }, { protocol: "HTTPS" }, "update"],
    ["aws:lb/listenerRule:ListenerRule", { listenerArn: "a" }, { listenerArn: "b" }, "update-replace"],
  ] as const) {
    const [key = ""] = Object.keys(after);
    it(`answers ${expected} to another ${key} of a ${type.split(":").at(-1)}`, () => {
      assert.deepEqual(kinds(type, before, after), { [key]: expected });
    });
  }

  it("updates a listener's weights in place, in whatever order its target groups are", () => {
    const [from, to] = [forward(10), forward(25)];
    const path = "defaultActions[0].forward.targetGroups";
    assert.deepEqual(Object.values(kinds(LISTENER, from, to)), ["update", "update"]);
    const turned = structuredClone(from) as { defaultActions: { forward: { targetGroups: unknown[] } }[] };
    turned.defaultActions[0]?.forward.targetGroups.reverse();
    assert.deepEqual(kinds(LISTENER, from, turned as unknown as Properties), {});
    assert.deepEqual(Object.keys(kinds(LISTENER, from, to)), [`${path}[0].weight`, `${path}[1].weight`]);
  });

  it("leaves a listener sticky whose program no longer says so", () => {
    assert.deepEqual(kinds(LISTENER, forward(10, { enabled: true, duration: 60 }), forward(10)), {});
  });

  it("detaches a group from what its list no longer holds, and from nothing when there is no list", () => {
    const lists = (...loadBalancers: string[]): Properties => ({ loadBalancers });
    assert.deepEqual(kinds(GROUP, lists("a", "b"), lists("b")), { "loadBalancers[0]": "delete" });
    assert.deepEqual(kinds(GROUP, lists("a"), lists()), { "loadBalancers[0]": "delete" });
    assert.deepEqual(kinds(GROUP, lists("a"), {}), {});
    assert.deepEqual(kinds(GROUP, {}, lists()), {});
  });
});
