import assert from "node:assert/strict";
import { mock } from "node:test";
import { log, secret } from "@pulumi/pulumi";
import { type Controller, type ControllerName, controllers, object } from "../../../components/hand-over";
import { anew } from "../../anew";
import type { Raw } from "../../stacks/raw";
import { at, only, registered } from "../kubernetes/registered";

/** A controller that this test alone has: it shifts Contour, and asks no source. */
const spinnaker: Controller = {
  title: "Spinnaker",
  router: "contour",
  scaled: { apiVersion: "spinnaker.io/v1", kind: "Pipeline" },
  beyond: { shield: "Spinnaker has none", sticky: "Spinnaker has none" },
  analysisKeys: ["metrics"],
  judgementSeconds: ({ bakeSeconds }) => bakeSeconds,
  canaryService: (app) => `${app}-new`,
  problems: () => [],
  objects: ({ route, steps }) => [
    { manifest: object("spinnaker.io/v1", "Pipeline", route, "myapp", { steps }), theirs: ["spec.at"] },
  ],
  names: (app) => [`${app}-new`],
  owns: ({ name }) => [`${name}: Spinnaker owns it`],
  instead: { rollout: () => "open Spinnaker", rollback: () => "undo", promote: () => "wait" },
};

const extended = anew(() => {
  const { controllers }: typeof import("../../../components/hand-over") =
    require("../../../components/hand-over");
  (controllers as Record<string, Controller>).spinnaker = spinnaker;
  const { refuseBesideController }: typeof import("../../../cli/controller") =
    require("../../../cli/controller");
  const { kubernetes }: typeof import("../../../stacks/kubernetes") = require("../../../stacks/kubernetes");
  const { managed }: typeof import("../../../stacks/hand-over") = require("../../../stacks/hand-over");
  const { parseSettings }: typeof import("../../../stacks/settings") = require("../../../stacks/settings");
  return { controllers, refuseBesideController, kubernetes, managed, parseSettings };
});

const HOST = "myapp.example.com";

it("What a test adds to the controllers is gone with it", () => {
  assert.ok("spinnaker" in extended.controllers);
  assert.ok(!("spinnaker" in controllers));
});

for (const [name, controller] of Object.entries(extended.controllers)) {
  const settingsOf = (app: Raw = {}, stack: Raw = {}) => {
    const settings = extended.parseSettings({
      router: controller.router,
      apps: { myapp: { host: HOST, image: "myapp:1.0.0", ...app } },
      rollout: { engine: name, steps: [5, 100] },
      ...stack,
    });
    assert.ok(settings.platform === "kubernetes");
    return settings;
  };
  const managed = () => {
    const settings = settingsOf();
    const [app] = settings.apps;
    assert.ok(app !== undefined);
    return extended.managed(name as ControllerName, app, settings);
  };

  describe(`controller ${name}, as every controller,`, () => {
    it("takes a rollout's steps, and makes objects of the app's own names in its namespace", () => {
      const taken = managed();
      assert.deepEqual(taken.steps, [5, 100]);
      const own = ["myapp", ...controller.names("myapp")];
      for (const { manifest } of controller.objects(taken)) {
        assert.equal(manifest.metadata.namespace, "myapp");
        assert.match(manifest.metadata.name, /^myapp(-|$)/);
        assert.ok("app.kubernetes.io/name" in (manifest.metadata.labels ?? {}));
      }
      assert.ok(own.includes(controller.canaryService("myapp")));
    });

    it("has the stack declare them, with what is its own left to it", async () => {
      const info = mock.method(log, "info", async () => {});
      const settings = settingsOf({ autoscaling: { min: 2, max: 10 } });
      const resources = await registered(() => extended.kubernetes(settings, secret({})));
      const said = info.mock.calls.map(({ arguments: [line] }) => line);
      info.mock.restore();
      assert.deepEqual(said, controller.owns(managed().app));
      const { kind } = controller.scaled;
      assert.equal(at(only(resources, "HorizontalPodAutoscaler"), "spec.scaleTargetRef.kind"), kind);
      for (const { manifest, theirs = [], kept = false } of controller.objects(managed())) {
        const { name } = manifest.metadata;
        const found = resources.find((resource) => resource.kind === manifest.kind && resource.name === name);
        assert.deepEqual([found?.ignoreChanges, found?.retainOnDelete], [theirs, kept], name);
      }
    });

    it("refuses what is beyond it, another router, a weight, and an app by a name of its objects", () => {
      const refused = (line: RegExp, app: Raw, stack: Raw = {}) =>
        assert.throws(() => settingsOf(app, stack), { message: line });
      const by = `with rollout\\.engine ${name}`;
      refused(new RegExp(`no such key ${by}: ${controller.beyond.shield}`), { shield: true });
      refused(new RegExp(`^apps\\.myapp\\.router is "istio"; allowed: ${controller.router} ${by}`), {
        router: "istio",
      });
      refused(new RegExp(`^canaryWeight is 5; allowed: 0 ${by}, whose`), {}, { canaryWeight: 5 });
      const [taken = ""] = controller.names("myapp");
      const others = {
        myapp: { host: HOST, image: "a:1" },
        [taken]: { host: "b.example.com", image: "b:1" },
      };
      refused(
        new RegExp(`^apps\\.${taken} is "${taken}"; allowed: a name that no object of myapp has`),
        {},
        {
          apps: others,
        },
      );
    });

    it("is named in place of the commands that it stands for, with what to do instead", () => {
      const settings = settingsOf();
      for (const command of ["rollout", "rollback", "promote"] as const) {
        const instead = controller.instead[command](managed().app);
        assert.throws(() => extended.refuseBesideController(settings, command), {
          message: `rollout.engine is ${name}: ${controller.title} shifts the weights; in place of canary ${command}: ${instead}`,
        });
      }
    });
  });
}
