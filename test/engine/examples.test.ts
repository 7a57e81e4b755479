import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EXAMPLES } from "../examples/pages";
import { needing } from "../needing";
import { lacksEngine } from "./engine";
import { projectOnStandIn } from "./stand-in";

const STACKS = readdirSync(EXAMPLES).flatMap((file) => /^Pulumi\.(\w+)\.yaml$/.exec(file)?.[1] ?? []);

describe(
  needing(lacksEngine(), "the examples under Pulumi's engine, which runs their program in its own folder"),
  function () {
    this.timeout(2 * 60_000);
    const project = projectOnStandIn();

    for (const stack of STACKS) {
      it(`previews ${stack}`, async () => {
        const pulumi = (...words: string[]) =>
          project().pulumi(["-C", "examples", ...words, "--stack", stack], true);
        await project().pulumi(["-C", "examples", "stack", "init", stack]);
        await pulumi("config", "set", "kubernetes:renderYamlToDirectory", project().file("yaml"));
        // Whose chart comes from the network.
        const hasOwnTraefik = !/platform: elb|install: false/.test(
          readFileSync(join(EXAMPLES, `Pulumi.${stack}.yaml`), "utf8"),
        );
        if (hasOwnTraefik)
          await pulumi("config", "set", "--path", "canary-traffic:traefik.installCrds", "false");
        const { code, stdout, stderr } = await pulumi("preview");
        assert.equal(code, 0, stdout + stderr);
      });
    }
  },
);
