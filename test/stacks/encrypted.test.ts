import assert from "node:assert/strict";
import { stringify } from "yaml";
import { encryptedIn } from "../../stacks/encrypted";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { app } from "./raw";

const CIPHERTEXT = "v1:abcdefghijklmnop:qrstuvwxyz0123456789";

describe("a value of an app's environment that is encrypted in the stack's file", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", app({ env: { TOKEN: { secure: CIPHERTEXT }, LEVEL: "debug" } }));
  });
  afterEach(() => project.remove());

  it("is secret in the program's resources, and nothing beside it is", async () => {
    const { stdout } = await run("render", "--format", "json");
    const resources = JSON.parse(stdout) as { type: string; name: string; inputs: Deployment }[];
    const { inputs } =
      resources.find(({ name, type }) => name === "myapp" && /:Deployment$/.test(type)) ?? assert.fail();
    assert.deepEqual(inputs.spec.template.spec.containers[0]?.env, [
      { name: "LEVEL", value: "debug" },
      { name: "TOKEN", value: "[secret]" },
    ]);
  });

  it("is masked with a warning in what is rendered for kubectl", async () => {
    const { stdout, stderr } = await run("render");
    assert.match(stdout, /name: TOKEN\n +value: "\[secret\]"/);
    assert.match(stderr, /Deployment myapp\/myapp: .*\.env\[1\]\.value is masked/);
  });

  it("may change in a preview that gives it another value", async () => {
    const { stdout } = await run("preview", "--config-path", "-c", "apps.myapp.env.TOKEN=new-value");
    assert.match(stdout, /2 may change/);
    assert.doesNotMatch(stdout, /new-value/);
  });

  it("is named with what to do, where it has to be read before anything is applied", async () => {
    project.stackFile("dev", app({ replicas: { secure: CIPHERTEXT }, host: { secure: CIPHERTEXT } }));
    const { stderr, code } = await run("preview");
    const said = "is encrypted, and has to be read here: store it without --secret; allowed:";
    assert.match(
      stderr,
      new RegExp(`^apps.myapp.host ${said} a host name .*\\napps.myapp.replicas ${said} an integer`),
    );
    assert.equal(code, 2);
  });

  it("leaves a shift what it is", async () => {
    const { stdout } = await run("preview", "-c", "canaryWeight=25");
    assert.match(stdout, /^myapp: canary 10 % -> 25 % by traefik; 1 to update,/);
  });

  for (const whole of [
    { "canary-traffic:apps": { secure: CIPHERTEXT } },
    { "canary-traffic:apps": { myapp: { secure: CIPHERTEXT } } },
    { "canary-traffic:apps": { myapp: { env: { secure: CIPHERTEXT } } } },
  ]) {
    it(`may be any, where what it stands in is encrypted: ${JSON.stringify(whole)}`, () => {
      assert.equal(encryptedIn(stringify({ config: whole }), "canary-traffic"), undefined);
    });
  }

  it("may be any, where the stack has an environment with secrets", async () => {
    const config = Object.entries(app({ env: { LEVEL: "debug" } })).map(([key, value]) => [
      `canary-traffic:${key}`,
      value,
    ]);
    const environment = {
      values: { pulumiConfig: { apps: { myapp: { env: { TOKEN: { "fn::secret": "x" } } } } } },
    };
    project.write("Pulumi.dev.yaml", stringify({ environment, config: Object.fromEntries(config) }));
    const { stdout } = await run("render");
    assert.match(stdout, /name: LEVEL\n +value: "\[secret\]"/);
  });
});

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: { readonly env: object[] }[] } };
  };
}
