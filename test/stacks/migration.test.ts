import assert from "node:assert/strict";
import { isStack, type Preview } from "../../offline/preview";
import { isRefusal } from "../../policy/evaluate";
import { previewFindings } from "../../policy/preview";
import {
  both,
  classicEdge,
  clusterOnly,
  fleetsOnly,
  hosts,
  images,
  phase,
  released,
  urnsOf,
} from "./migrations";

const FLEET = /canary-traffic:aws:CanaryFleet\$/;
const RECORD = /aws:route53\/record:Record::/;

/** By record, set identifier and weight. */
function records({ steps }: Preview): Record<string, [unknown, unknown]> {
  return Object.fromEntries(
    steps.flatMap(({ urn, fresh, name }) => {
      if (!RECORD.test(urn) || fresh === undefined) return [];
      const { setIdentifier, weightedRoutingPolicies } = fresh.inputs;
      const [{ weight }] = weightedRoutingPolicies as [{ weight: unknown }];
      return [[name, [setIdentifier, weight]]];
    }),
  );
}

const outputs = ({ steps }: Preview): Record<string, unknown> => steps.find(isStack)?.fresh?.outputs ?? {};
const refused = (preview: Preview): string[] =>
  previewFindings(preview, { today: "2026-06-15" })
    .filter(isRefusal)
    .map(({ rule }) => rule);

describe("A migration", function () {
  this.timeout(60_000);

  it("begins without a change to what the fleets serve: two records get a health check, the rest is new", async () => {
    const preview = await phase(fleetsOnly(), both(0));
    assert.deepEqual(urnsOf(preview, "delete", "replace"), []);
    const updates = preview.steps.filter(({ op }) => op === "update");
    assert.deepEqual(
      updates.map(({ name, detailedDiff }) => [name, Object.keys(detailedDiff)]),
      [
        ["myapp-canary", ["healthCheckId"]],
        ["myapp", ["healthCheckId"]],
      ].sort(),
    );
    assert.ok(updates.every(({ urn }) => FLEET.test(urn) && RECORD.test(urn)));
    assert.deepEqual(records(preview), {
      "myapp-canary": ["elb", 100],
      myapp: ["elb", 100],
      "edge-myapp": ["kubernetes", 0],
      "edge-myapp-canary": ["kubernetes", 0],
    });
    assert.deepEqual([preview.refusals, refused(preview)], [[], []]);
  });

  it("shifts host and canary's host together by one number, and touches nothing else", async () => {
    const preview = await phase(both(0), both(5));
    assert.deepEqual(
      preview.steps
        .filter(({ op }) => op !== "same")
        .map(({ op, name, detailedDiff }) => [op, name, Object.keys(detailedDiff)])
        .sort(),
      ["edge-myapp", "edge-myapp-canary", "myapp", "myapp-canary"].map((name) => [
        "update",
        name,
        ["weightedRoutingPolicies[0].weight"],
      ]),
    );
    assert.deepEqual(records(preview).myapp, ["elb", 95]);
    assert.deepEqual(records(preview)["edge-myapp"], ["kubernetes", 5]);
    assert.deepEqual(refused(preview), []);
  });

  it("shifts the canary on both sides by the same number, whatever DNS does", async () => {
    for (const weight of [0, 100]) {
      const preview = await phase(both(weight), both(weight, { canaryWeight: 25 }));
      const changed = urnsOf(preview, "create", "update", "replace", "delete");
      assert.deepEqual(changed.map((urn) => urn.split("::").slice(2).join("::").split("$").at(-1)).sort(), [
        "aws:autoscaling/group:Group::myapp-canary",
        "kubernetes:traefik.io/v1alpha1:TraefikService::myapp",
      ]);
    }
  });

  it("answers what users get over both sides", async () => {
    const aws = { fleetSize: 4 };
    const { weights, routers, dns, ...rest } = outputs(await phase(both(0, { aws }), both(25, { aws })));
    assert.deepEqual(weights, {
      // A fifth of five instances on one side, a tenth of the requests on the other.
      myapp: { primary: { asked: 90, effective: 82.5 }, canary: { asked: 10, effective: 17.5 } },
    });
    assert.deepEqual(routers, { myapp: "classic ELB and traefik" });
    assert.deepEqual(dns, { kubernetes: { asked: 25, effective: 25 } });
    assert.deepEqual(Object.keys(rest).sort(), ["edge", "fleets", "hosts", "loadBalancers", "objects"]);
  });

  const warnings = async (change: Parameters<typeof both>[1]): Promise<string[]> =>
    (await phase(both(5, change), both(5, change))).diagnostics
      .filter(({ severity }) => severity === "warning")
      .map(({ message }) => message);

  it("warns of a TTL that a shift outlasts", async () => {
    assert.deepEqual(await warnings({ aws: { dnsTtl: 60 } }), []);
    const [warning, ...others] = await warnings({ aws: { dnsTtl: 300 } });
    assert.match(warning ?? "", /aws\.dnsTtl is 300: for 300 seconds after each change .* at most 60/);
    assert.deepEqual(others, []);
  });

  it("warns of a certificate that only the fleets have", async () => {
    const aws = { certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d" };
    assert.deepEqual(await warnings({ aws }), [
      "myapp: aws.certificateArn is the fleets' alone, so users whom DNS leads to Kubernetes meet a self-signed certificate: " +
        "set apps.myapp.tlsSecret or traefik.defaultCertificateSecret",
    ]);
    const apps = { myapp: { ...hosts, ...images, tlsSecret: "myapp-tls" } };
    for (const others of [{ apps }, { traefik: { defaultCertificateSecret: "wildcard" } }])
      assert.deepEqual(await warnings({ aws, ...others }), []);
  });

  it("warns once of an app without a certificate, which a redirect needs, too", async () => {
    const aws = { certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d" };
    const [warning, ...others] = await warnings({ aws, traefik: { redirectToHttps: true } });
    assert.match(warning ?? "", /^myapp: aws\.certificateArn is the fleets' alone/);
    assert.deepEqual(others, []);
  });

  it("keeps idle connections at a classic edge as long as at the fleets, and once they are gone", async () => {
    const idle = async (raw: Parameters<typeof phase>[1]): Promise<unknown[]> =>
      (await phase(raw, raw)).steps
        .filter(({ type, fresh }) => type === "aws:elb/loadBalancer:LoadBalancer" && fresh !== undefined)
        .map(({ name, fresh }) => [name, fresh?.inputs.idleTimeout])
        .sort();
    const aws = { edge: classicEdge, idleTimeout: 600 };
    assert.deepEqual(await idle(both(5, { aws })), [
      ["edge", 600],
      ["myapp", 600],
      ["myapp-canary", 600],
    ]);
    assert.deepEqual(await idle(both(5, { aws: { ...aws, loadBalancer: "nlb" } })), [["edge", 600]]);
    assert.deepEqual(await idle(clusterOnly({ aws })), [["edge", 600]]);
    assert.deepEqual(await idle(clusterOnly({ aws: { edge: classicEdge } })), [["edge", undefined]]);
  });

  it("begins at a zone's own name behind an ALB with a check in place of the load balancer's own health", async () => {
    const aws = { loadBalancer: "alb", zoneName: hosts.host };
    const fleets = fleetsOnly();
    const preview = await phase({ ...fleets, aws: { ...(fleets.aws as object), ...aws } }, both(0, { aws }));
    assert.deepEqual(urnsOf(preview, "delete", "replace"), []);
    const record = preview.steps.find(({ op, name }) => op === "update" && name === "myapp");
    assert.deepEqual(Object.keys(record?.detailedDiff ?? {}).sort(), [
      "aliases[0].evaluateTargetHealth",
      "healthCheckId",
    ]);
  });

  it("goes back to any weight, up to all for one side", async () => {
    for (const [from, to] of [
      [100, 50],
      [100, 0],
    ] as const) {
      const preview = await phase(both(from), both(to));
      assert.equal(urnsOf(preview, "update").length, 4);
      assert.deepEqual(urnsOf(preview, "create", "replace", "delete"), []);
      assert.deepEqual(refused(preview), []);
    }
  });

  it("lets go of the fleets' protection once they have weight 0, and not in the update that takes it", async () => {
    assert.deepEqual(refused(await phase(both(100), released())), []);
    const rules = new Set(refused(await phase(both(50), released())));
    assert.deepEqual([...rules], ["max-step", "protected"]);
  });

  it("ends with the deletion of the fleets, and of nothing else", async () => {
    const preview = await phase(released(), clusterOnly());
    const deleted = urnsOf(preview, "delete");
    assert.equal(deleted.length, 20);
    assert.ok(deleted.every((urn) => FLEET.test(urn)));
    assert.deepEqual(urnsOf(preview, "create", "update", "replace"), []);
    assert.deepEqual([preview.refusals, refused(preview)], [[], []]);
    assert.deepEqual(records(preview), {
      "edge-myapp": ["kubernetes", 100],
      "edge-myapp-canary": ["kubernetes", 100],
    });
  });

  it("is refused its end while the fleets are protected", async () => {
    const { refusals } = await phase(both(100), clusterOnly());
    assert.equal(refusals.length, 8);
  });

  it("is refused its end while the fleets' records have a weight", async () => {
    const preview = await phase(
      both(99, { protect: false }),
      clusterOnly({ protect: false, policies: { productionStacks: [] } }),
    );
    assert.deepEqual([...new Set(refused(preview))], ["traffic-kept"]);
    assert.match(
      previewFindings(preview)[0]?.message ?? "",
      /takes traffic and would be deleted; wait until the records of its side have had weight 0/,
    );
  });

  it("can be given up at weight 0: the edge goes, the fleets stay as they were", async () => {
    const unprotected = both(0, { protect: false, aws: { protectFleets: true } });
    assert.deepEqual(refused(await phase(both(0), unprotected)), []);
    const preview = await phase(unprotected, fleetsOnly());
    assert.deepEqual([preview.refusals, refused(preview)], [[], []]);
    assert.deepEqual(urnsOf(preview, "create", "replace"), []);
    const kept = urnsOf(preview, "delete").filter((urn) => FLEET.test(urn));
    assert.ok(kept.every((urn) => /:(HealthCheck|MetricAlarm)::/.test(urn)));
  });
});
