import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { readConfiguration } from "../../offline/configuration";
import { advice } from "../../stacks/advice";
import { rawSettings } from "../../stacks/raw";
import { parseSettings } from "../../stacks/settings";
import { app, prod, type Raw } from "./raw";

const advised = (raw: Raw): string[] => advice(parseSettings(raw), raw);
const strict = { runAsNonRoot: true, tlsSecret: "tls" };

describe("advice for a stack", () => {
  it("names what is absent, and nothing that is written down, whichever way", () => {
    assert.equal(advised(app({})).length, 4);
    assert.deepEqual(advised({ ...app(strict), traefik: { clusterWide: false, bodySeconds: 3600 } }), []);
    assert.deepEqual(
      advised({ ...app({ ...strict, runAsNonRoot: false }), traefik: { clusterWide: true, bodySeconds: 0 } }),
      [],
    );
  });

  it("warns of hosts without a certificate", () => {
    const raw = { ...app({ runAsNonRoot: true }), traefik: { clusterWide: false, bodySeconds: 3600 } };
    assert.match(advised(raw).join(), /^warning: no certificate for [\w.]+ \(tlsSecret/);
    assert.deepEqual(
      advised({
        ...raw,
        traefik: { clusterWide: false, bodySeconds: 3600, defaultCertificateSecret: "tls" },
      }),
      [],
    );
  });

  it("asks an ALB to be strict, and no other load balancer", () => {
    const fleet = (aws: object) => prod({ platform: "elb", aws });
    assert.ok(
      advised(fleet({ loadBalancer: "alb" })).some((line) => line.startsWith("advice: aws.strictHttp")),
    );
    assert.ok(
      !advised(fleet({ loadBalancer: "alb", strictHttp: false })).some((line) =>
        line.startsWith("advice: aws.strictHttp"),
      ),
    );
    assert.ok(!advised(fleet({})).some((line) => line.startsWith("advice: aws.strictHttp")));
  });

  it("has nothing to say of the examples but of certificates", () => {
    const folder = resolve(__dirname, "../../examples");
    const stacks = readdirSync(folder).flatMap((file) => /^Pulumi\.(\w+)\.yaml$/.exec(file)?.[1] ?? []);
    assert.ok(stacks.length > 2);
    // Manifests are found from the project's folder.
    const here = process.cwd();
    process.chdir(folder);
    try {
      for (const stack of stacks) {
        const { project, values } = readConfiguration(folder, stack);
        const raw = rawSettings(project, values);
        for (const line of advice(parseSettings(raw), raw)) assert.match(line, /^warning: no certificate/);
      }
    } finally {
      process.chdir(here);
    }
  });
});
