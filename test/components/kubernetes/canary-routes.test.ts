import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { PROJECT, Project } from "../../cli/project";
import { run } from "../../cli/run";
import { dev, myapp } from "../../stacks/raw";

interface Rendered {
  readonly urn: string;
  readonly inputs: object;
}

const HEAD = `import { CanaryApp, canaryRoutes } from ${JSON.stringify(join(PROJECT, "components/index"))};
import { program } from ${JSON.stringify(join(PROJECT, "stacks/program"))};
const app = (more = {}) => new CanaryApp("myapp", {
  namespace: "myapp",
  primary: { image: ${JSON.stringify(myapp.image)} },
  canaries: [{ name: "canary", image: ${JSON.stringify(myapp.canaryImage)} }],
  ...more,
});
const host = ${JSON.stringify(myapp.host)};
`;

describe("an app and its routes, made by components", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.write("Pulumi.yaml", stringify({ name: "canary-traffic", runtime: "nodejs", main: "index.ts" }));
  });
  afterEach(() => project.remove());

  const rendered = async (code: string): Promise<Map<string, object>> => {
    project.write("index.ts", HEAD + code);
    const { stdout, stderr } = await run("render", "--format", "json");
    assert.notEqual(stdout, "", stderr);
    const ofApp = (JSON.parse(stdout) as Rendered[]).filter(({ urn }) => urn.includes("CanaryApp"));
    return new Map(ofApp.map(({ urn, inputs }) => [urn, inputs]));
  };

  for (const [router, more] of [
    ["traefik", {}],
    ["nginx", {}],
    ["istio", {}],
    ["contour", {}],
    ["alb-ingress", { serviceType: "NodePort" }],
  ] as const) {
    it(`are those of program() with the same settings, by router ${router}`, async () => {
      const routers =
        router === "alb-ingress" ? { routers: { "alb-ingress": { targetType: "instance" } } } : {};
      project.stackFile("dev", dev({ router, ...routers }));
      const settings = JSON.stringify(router === "alb-ingress" ? { targetType: "instance" } : {});
      const wanted = await rendered("export = program();");
      const got = await rendered(
        `canaryRoutes(app(${JSON.stringify(more)}), { host, router: "${router}", weights: { canary: 10 }, settings: ${settings} });
        export const done = true;`,
      );
      assert.ok(got.size > 5, `${got.size} resources`);
      assert.deepEqual(got, wanted);
    });
  }

  it("answer the weights, as asked and as the router makes them", async () => {
    project.stackFile("dev", {});
    project.write(
      "index.ts",
      `${HEAD}export const weights = { myapp: canaryRoutes(app(), { host, weights: { canary: 12.5 } }).weights };`,
    );
    const { stdout } = await run("preview");
    assert.match(stdout, /^myapp: canary 12.5 %/);
  });

  for (const [args, said] of [
    ["{ host, weights: { beta: 10 } }", "weights.beta: no such canary; allowed: canary"],
    ["{ host, weights: { canary: 101 } }", "weight of canary: 101 is not 0 to 100 with at most two decimals"],
    ['{ host, router: "replicas" }', "router is replicas; allowed: traefik, traefik-v1, nginx,"],
    ['{ host, router: "constructor" as never }', "router is constructor; allowed: traefik,"],
    ["{ host, settings: { nope: 1 } }", "settings"],
    [
      '{ host, router: "alb-ingress", settings: { targetType: "instance" } }',
      "router alb-ingress needs serviceType NodePort",
    ],
  ] as const) {
    it(`are refused in one line for ${args}`, async () => {
      project.stackFile("dev", {});
      project.write("index.ts", `${HEAD}canaryRoutes(app(), ${args});\nexport const done = true;`);
      const { stderr, code } = await run("preview");
      assert.equal(code, 2);
      assert.ok(stderr.startsWith(`routes of myapp: ${said}`), stderr);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    });
  }
});
