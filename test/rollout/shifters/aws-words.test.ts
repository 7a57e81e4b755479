import assert from "node:assert/strict";
import { asRoles, awsWords } from "../../../rollout/shifters/aws-words";

const profile = { "aws:region": "eu-west-1", "aws:profile": "prod" };
const role = (name: string, more = {}) => ({ roleArn: `arn:aws:iam::123456789012:role/${name}`, ...more });

describe("command lines of the AWS CLI", () => {
  it("have the stack's region and profile", () => {
    assert.deepEqual(awsWords(profile), ["aws", "--region", "eu-west-1", "--profile", "prod"]);
    assert.deepEqual(asRoles(profile), []);
  });

  it("come after the stack's roles, of which the first one is assumed by the profile", () => {
    const roles = [role("entry"), role("deploy", { sessionName: "ann", externalId: "it's 7" })];
    const values = { ...profile, "aws:assumeRoles": JSON.stringify(roles) };
    const [first = "", second = "", ...more] = asRoles(values);
    assert.match(first, /^export \$\(aws --region eu-west-1 --profile prod sts assume-role .*role\/entry /);
    assert.match(
      second,
      /^export \$\(aws --region eu-west-1 sts assume-role .*role\/deploy --role-session-name ann /,
    );
    assert.match(second, / --external-id 'it'\\''s 7' /);
    assert.deepEqual(more, []);
    assert.deepEqual(awsWords(values), ["aws", "--region", "eu-west-1"]);
  });

  it("have the profile alone if a role is a machine's", () => {
    const web = role("ci", { webIdentityTokenFile: "/var/run/token" });
    const values = { ...profile, "aws:assumeRoleWithWebIdentity": JSON.stringify(web) };
    assert.deepEqual([asRoles(values), awsWords(values).includes("--profile")], [[], true]);
  });
});
