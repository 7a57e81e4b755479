import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { unreadable } from "../../base/secrets";
import { awsAccount } from "../../status/account";
import { awsAccess, shownAccess } from "../../status/aws-access";
import { StatusError } from "../../status/errors";

/** What an AWS API server was asked, and by whose key. */
interface Asked {
  readonly key: string;
  readonly body: URLSearchParams;
}

const ACCOUNT = "123456789012";

describe("AWS as a stack's provider reaches it", () => {
  const before_ = { ...process.env };
  let server: Server;
  let endpoint: string;
  let asked: Asked[];

  beforeEach(async () => {
    asked = [];
    server = createServer(async (request, response) => {
      const body = new URLSearchParams(await text(request));
      const [, key = ""] = /Credential=([^/]+)/.exec(request.headers.authorization ?? "") ?? [];
      asked.push({ key, body });
      response.setHeader("content-type", "text/xml");
      response.end(answerTo(body));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "USUAL", AWS_SECRET_ACCESS_KEY: "usual-secret" });
  });
  afterEach(() => {
    process.env = { ...before_ };
    server.closeAllConnections();
    server.close();
  });

  /** Roles are taken on by the keys of their names. */
  function answerTo(body: URLSearchParams): string {
    const action = body.get("Action");
    if (action === "GetCallerIdentity")
      return `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${ACCOUNT}</Account><Arn>arn:aws:iam::${ACCOUNT}:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;
    if (action?.startsWith("AssumeRole")) {
      const key = body.get("RoleArn")?.split("/").at(-1);
      return `<${action}Response><${action}Result><Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></${action}Result></${action}Response>`;
    }
    return "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups/></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";
  }

  const stack = (more: Record<string, string> = {}): Record<string, string> => ({
    "aws:region": "eu-west-1",
    "aws:endpoints": JSON.stringify([{ sts: endpoint, autoscaling: endpoint }]),
    ...more,
  });
  const read = async (more: Record<string, string> = {}) =>
    (await awsAccount(awsAccess(stack(more)))).groups();
  const keys = () => asked.map(({ key, body }) => `${key} ${body.get("Action")}`);

  it("is asked at the stack's own endpoints, and nobody else is", async () => {
    await read();
    assert.deepEqual(keys(), ["USUAL DescribeAutoScalingGroups"]);
  });

  it("is asked by the stack's own keys", async () => {
    await read({ "aws:accessKey": "OWN", "aws:secretKey": "own-secret" });
    assert.deepEqual(keys(), ["OWN DescribeAutoScalingGroups"]);
  });

  it("is asked by the last of the stack's roles, each taken on by the one before", async () => {
    const roles = [
      { roleArn: `arn:aws:iam::${ACCOUNT}:role/FIRST`, externalId: "x", duration: "1h30m" },
      { roleArn: `arn:aws:iam::${ACCOUNT}:role/SECOND` },
    ];
    await read({ "aws:assumeRoles": JSON.stringify(roles) });
    assert.deepEqual(keys(), ["USUAL AssumeRole", "FIRST AssumeRole", "SECOND DescribeAutoScalingGroups"]);
    const [first] = asked;
    assert.deepEqual([first?.body.get("ExternalId"), first?.body.get("DurationSeconds")], ["x", "5400"]);
  });

  it("is asked by a role as older versions of the provider have it, and by one of a web identity", async () => {
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/ONLY`;
    await read({ "aws:assumeRole": JSON.stringify({ roleArn }) });
    await read({ "aws:assumeRoleWithWebIdentity": JSON.stringify({ roleArn, webIdentityToken: "token" }) });
    assert.deepEqual(keys().slice(1), [
      "ONLY DescribeAutoScalingGroups",
      " AssumeRoleWithWebIdentity",
      "ONLY DescribeAutoScalingGroups",
    ]);
  });

  for (const [key, list, message] of [
    [
      "allowedAccountIds",
      ["999999999999"],
      /^AWS account 123456789012 is not the stack's: aws:allowedAccountIds has 999999999999$/,
    ],
    ["forbiddenAccountIds", [ACCOUNT], /^AWS account 123456789012 is one of aws:forbiddenAccountIds$/],
  ] as const)
    it(`is not read if the account is none of the stack's by ${key}`, async () => {
      const values = { [`aws:${key}`]: JSON.stringify(list) };
      await assert.rejects(
        read(values),
        (error: Error) => error instanceof StatusError && message.test(error.message),
      );
      assert.deepEqual(keys(), ["USUAL GetCallerIdentity"]);
      await assert.rejects(shownAccess(awsAccess(stack(values))), { message });
    });

  it("is read if the account is one of the stack's, which is asked once", async () => {
    const account = await awsAccount(awsAccess(stack({ "aws:allowedAccountIds": `["${ACCOUNT}"]` })));
    await account.groups();
    await account.groups();
    assert.deepEqual(keys(), [
      "USUAL GetCallerIdentity",
      "USUAL DescribeAutoScalingGroups",
      "USUAL DescribeAutoScalingGroups",
    ]);
  });

  it("is shown by its number and region", async () => {
    assert.equal(await shownAccess(awsAccess(stack())), `AWS account ${ACCOUNT} in eu-west-1`);
  });

  for (const [values, message] of [
    [{ "aws:assumeRoles": "arn:aws:iam" }, /^aws:assumeRoles: allowed is a list or a map$/],
    [{ "aws:assumeRole": unreadable("v1:x") }, /^aws:assumeRole is encrypted, and has to be read here$/],
    [
      { "aws:assumeRoles": JSON.stringify([{ roleArn: "a", externalId: unreadable("v1:x") }]) },
      /^role a: a part of it is encrypted/,
    ],
    [{ "aws:sharedConfigFiles": '["a", "b"]' }, /^aws:sharedConfigFiles has 2 files: allowed here is one$/],
  ] as const)
    it(`is refused in one line: ${JSON.stringify(values)}`, () => {
      assert.throws(
        () => awsAccess(stack(values)),
        (error: Error) => error instanceof StatusError && message.test(error.message),
      );
    });
});
