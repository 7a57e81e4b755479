import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { readCheckpoint } from "../../offline/state";
import { needing } from "../needing";
import { lacksEngine } from "./engine";
import { projectOnStandIn } from "./stand-in";

const lacking = lacksEngine();
const title = "a stack whose patches or entries of adopt have a slip, under Pulumi's engine";

const SETTINGS = `config:
  aws:region: eu-west-1
  canary-traffic:platform: elb
  canary-traffic:apps: {myapp: {host: myapp.example.com}}
  canary-traffic:aws:
    vpcId: vpc-0a1b2c3d4e5f60718
    publicSubnetIds: [subnet-0a1b2c3d4e5f60718, subnet-0b1c2d3e4f5061728]
    amiId: ami-0a1b2c3d4e5f60718
    canaryAmiId: ami-0b1c2d3e4f5061728
    fleetSize: 5
    zoneId: Z0123456789ABCDEFGHIJ
`;
const SLIPS = `  canary-traffic:adopt: {Group/nobody: shop}
  canary-traffic:patches: [{target: {kind: Group, name: nobody}, merge: {tags: []}}]
`;

describe(needing(lacking, title), function () {
  this.timeout(3 * 60_000);
  const project = projectOnStandIn();

  it("has nothing made, and says all that is wrong beside its warnings", async () => {
    const [salt = ""] = readFileSync(project().stackFile, "utf8").match(/^encryptionsalt: .*$/m) ?? [];
    // One instance beside five is not 12 %: the program warns of it.
    writeFileSync(project().stackFile, `${SETTINGS}  canary-traffic:canaryWeight: 12\n${SLIPS}${salt}\n`);
    await assert.rejects(
      project().pulumi(["up", "--stack", "prod", "--yes", "--skip-preview"]),
      /adopt\["Group\/nobody"\]: no such key.*\n.*patches\[0\]\.target is .*; allowed: of a resource that there is/,
    );
    const made = readCheckpoint(readFileSync(await project().exportState(), "utf8"));
    assert.deepEqual(
      made.filter(({ type }) => type.startsWith("aws:")).map(({ type, name }) => `${type} ${name}`),
      [],
    );
  });
});
