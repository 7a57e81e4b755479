import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../base/user-error";
import { credentialsFor, type RegistryCredentials } from "../../../rollout/images/credentials";
import { RegistryError, tagsOf } from "../../../rollout/images/registry";
import { repositoryOf } from "../../../rollout/images/repository";

const NEVER = new AbortController().signal;
const ANN: RegistryCredentials = { username: "ann", password: "s3cret:too" };
const BASIC = `Basic ${Buffer.from("ann:s3cret:too").toString("base64")}`;

describe("a registry's tags", () => {
  let server: Server;
  let host: string;
  let asked: string[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const tags = (credentials?: RegistryCredentials): Promise<string[]> =>
    tagsOf(repositoryOf(`${host}/acme/shop`), credentials, NEVER);

  const send = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

  /** A registry that wants a token, as Docker Hub and GHCR do, and gives it to who `may` have it. */
  const withTokens =
    (may: (authorization: string | undefined) => boolean, field = "token") =>
    (request: IncomingMessage, response: ServerResponse): void => {
      const { authorization } = request.headers;
      if (request.url?.startsWith("/token")) {
        send(response, may(authorization) ? 200 : 401, may(authorization) ? { [field]: "t0ken" } : {});
      } else if (authorization === "Bearer t0ken")
        send(response, 200, { name: "acme/shop", tags: ["1.0.0"] });
      else {
        const challenge = `Bearer realm="http://${host}/token",service="registry",scope="repository:acme/shop:pull,push"`;
        send(response, 401, { errors: [] }, { "www-authenticate": challenge });
      }
    };

  it("come page by page", async () => {
    answer = ({ url }, response) => {
      const next = { link: '</v2/acme/shop/tags/list?last=1.1.0&n=2>; rel="next"' };
      if (url?.includes("last=")) send(response, 200, { tags: ["1.2.0"] });
      else send(response, 200, { tags: ["1.0.0", "1.1.0"] }, next);
    };
    assert.deepEqual(await tags(), ["1.0.0", "1.1.0", "1.2.0"]);
    assert.deepEqual(asked, ["/v2/acme/shop/tags/list?n=1000", "/v2/acme/shop/tags/list?last=1.1.0&n=2"]);
  });

  it("are none in a repository that is empty", async () => {
    answer = (_, response) => send(response, 200, { name: "acme/shop", tags: null });
    assert.deepEqual(await tags(), []);
  });

  it("come for a token that anybody gets, and that is for reading alone", async () => {
    answer = withTokens((authorization) => authorization === undefined);
    assert.deepEqual(await tags(), ["1.0.0"]);
    assert.equal(asked[1], "/token?service=registry&scope=repository%3Aacme%2Fshop%3Apull");
  });

  it("come for a token that a password buys", async () => {
    answer = withTokens((authorization) => authorization === BASIC, "access_token");
    assert.deepEqual(await tags(ANN), ["1.0.0"]);
  });

  it("come for the password itself, where the registry asks for that", async () => {
    answer = ({ headers }, response) =>
      headers.authorization === BASIC
        ? send(response, 200, { tags: ["1.0.0"] })
        : send(response, 401, {}, { "www-authenticate": 'Basic realm="registry"' });
    assert.deepEqual(await tags(ANN), ["1.0.0"]);
  });

  it("come with a new token where the old one ends between two pages", async () => {
    let tokens = 0;
    answer = ({ url, headers }, response) => {
      const isSecond = url === "/v2/more";
      const challenge = `Bearer realm="http://${host}/token"`;
      if (url?.startsWith("/token")) send(response, 200, { token: `t${++tokens}` });
      else if (headers.authorization !== `Bearer t${isSecond ? 2 : 1}`)
        send(response, 401, {}, { "www-authenticate": challenge });
      else if (isSecond) send(response, 200, { tags: ["1.1.0"] });
      else send(response, 200, { tags: ["1.0.0"] }, { link: "</v2/more>; rel=next" });
    };
    assert.deepEqual(await tags(), ["1.0.0", "1.1.0"]);
  });

  for (const [what, made, message] of [
    [
      "wants a login",
      withTokens(() => false),
      /the registry wants a login, or has no such repository; allowed: CANARY_/,
    ],
    ["has no such repository", (_, response) => send(response, 404, {}), /has no such repository$/],
    ["is overloaded", (_, response) => send(response, 429, {}), /answers with status 429$/],
    ["is a web site", (_, response) => response.end("<html>"), /answers with no list of tags$/],
    [
      "would have its token sent elsewhere",
      (_, response) =>
        send(response, 200, { tags: [] }, { link: '<https://elsewhere.example.com/v2>; rel="next"' }),
      /has its next page elsewhere$/,
    ],
    [
      "would have a password sent in the clear",
      (_, response) =>
        send(response, 401, {}, { "www-authenticate": 'Bearer realm="http://elsewhere.example.com/token"' }),
      /gives tokens without TLS$/,
    ],
    [
      "says nothing of how to log in",
      (_, response) => send(response, 401, {}),
      /does not say how to log in$/,
    ],
  ] as [string, typeof answer, RegExp][]) {
    it(`are an error in one line where it ${what}`, async () => {
      answer = made;
      await assert.rejects(tags(), (error) => {
        assert.ok(error instanceof RegistryError);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("are an error without the password where that is wrong", async () => {
    answer = withTokens((authorization) => authorization === "Basic other");
    await assert.rejects(tags(ANN), (error: Error) => {
      assert.equal(
        error.message,
        `${host}/acme/shop: the registry refuses these credentials: its tokens' server answers with status 401`,
      );
      return true;
    });
  });

  it("are an error where nobody answers", async () => {
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(
      tags(),
      new RegistryError(`${host}/acme/shop: the registry can't be reached: http://${host}`),
    );
  });
});

describe("the credentials for a registry", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-docker-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function given(
    host: string,
    settings?: object | string,
    env: NodeJS.ProcessEnv = {},
  ): RegistryCredentials | undefined {
    const text = typeof settings === "string" ? settings : JSON.stringify(settings);
    if (settings !== undefined) writeFileSync(join(folder, "config.json"), text);
    return credentialsFor(host, { DOCKER_CONFIG: folder, ...env });
  }

  const auth = Buffer.from("ann:s3cret:too").toString("base64");

  it("are those of the environment first", () => {
    const env = { CANARY_REGISTRY_USERNAME: "bob", CANARY_REGISTRY_PASSWORD: "p" };
    assert.deepEqual(given("ghcr.io", { auths: { "ghcr.io": { auth } } }, env), {
      username: "bob",
      password: "p",
    });
  });

  it("are else those that docker login left, by any spelling of the registry's address", () => {
    for (const key of ["ghcr.io", "https://ghcr.io", "https://ghcr.io/v2/"])
      assert.deepEqual(given("ghcr.io", { auths: { [key]: { auth } } }), ANN);
    assert.deepEqual(given("docker.io", { auths: { "https://index.docker.io/v1/": { auth } } }), ANN);
  });

  it("are none where nobody logged in", () => {
    assert.equal(given("ghcr.io"), undefined);
    assert.equal(given("ghcr.io", { auths: { "quay.io": { auth } }, credsStore: "desktop" }), undefined);
  });

  for (const [what, settings, message] of [
    [
      "a program for this registry",
      { credHelpers: { "ghcr.io": "gh" } },
      /docker-credential-gh has the password for ghcr\.io; allowed: CANARY_REGISTRY_USERNAME and CANARY_REGISTRY_PASSWORD$/,
    ],
    [
      "a program for all registries",
      { credsStore: "desktop", auths: { "ghcr.io": {} } },
      /docker-credential-desktop has the password for ghcr\.io/,
    ],
    [
      "an identity token",
      { auths: { "ghcr.io": { identitytoken: "x" } } },
      /has an identity token for ghcr\.io/,
    ],
    ["no JSON", "{", /config\.json: can't be read as JSON/],
  ] as const) {
    it(`are an error where Docker's settings have ${what}`, () => {
      assert.throws(
        () => given("ghcr.io", settings),
        (error) => error instanceof UserError && message.test(error.message),
      );
    });
  }

  it("are an error where half of them is set", () => {
    assert.throws(
      () => given("ghcr.io", {}, { CANARY_REGISTRY_PASSWORD: "p" }),
      new UserError(
        "CANARY_REGISTRY_USERNAME and CANARY_REGISTRY_PASSWORD: one of them is not set; allowed: both, or none",
      ),
    );
  });
});
