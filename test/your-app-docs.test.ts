import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { PROJECT, Project } from "./cli/project";
import { run } from "./cli/run";
import { needing } from "./needing";

const PAGE = readFileSync(join(PROJECT, "docs/your-app.md"), "utf8");

const isThere = (program: string): boolean => spawnSync(program, ["version"]).error === undefined;

const block = (after: string, language: string): string => {
  const from = PAGE.slice(PAGE.indexOf(after));
  return new RegExp(`\`\`\`${language}\\n([^\`]*)\`\`\``).exec(from)?.[1] ?? assert.fail(after);
};

const MANIFEST = readFileSync(join(PROJECT, "examples/api/api.yaml"), "utf8");

describe("docs/your-app.md", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  const write = (file: string, text: string): void => {
    mkdirSync(join(project.folder, dirname(file)), { recursive: true });
    project.write(file, text);
  };

  for (const line of block("### Helm and Kustomize", "sh").trim().split("\n")) {
    const [program = ""] = line.split(" ");
    const title = `renders a manifest by ${program} that the program takes`;
    it(needing(isThere(program) ? undefined : program, title), async function () {
      if (!isThere(program)) this.skip();
      write("chart/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n");
      write("chart/templates/api.yaml", MANIFEST);
      write("overlays/prod/api.yaml", MANIFEST);
      write(
        "overlays/prod/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [api.yaml]\n",
      );
      mkdirSync(join(project.folder, "k8s"));
      execFileSync("sh", ["-c", line], { cwd: project.folder });
      const stack = parse(block("## From a manifest", "yaml")) as object;
      project.write("Pulumi.dev.yaml", JSON.stringify(stack));
      const { code, stdout, stderr } = await run("preview", "-s", "dev", "-c", "canaryWeight=25");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /api: canary 10 % -> 25 % by traefik; 1 to update, 0 to replace/);
    });
  }

  it("has patches that do what they say", async () => {
    const { config } = parse(block("What people ask for most", "yaml")) as { config: object };
    const api = {
      host: "api.example.com",
      image: "registry.example.com/api:1.0.0",
      canaryImage: "registry.example.com/api:1.1.0",
      autoscaling: { min: 2, max: 10 },
    };
    const apps = { "canary-traffic:apps": { api } };
    project.write("Pulumi.dev.yaml", JSON.stringify({ config: { ...config, ...apps } }));
    const { code, stdout, stderr } = await run("render", "-s", "dev", "--format", "json");
    assert.equal(code, 0, stderr);
    const objects = JSON.parse(stdout) as { type: string; name: string; inputs: unknown }[];
    const text = (kind: string, name: string): string =>
      JSON.stringify(
        objects.find((one) => one.type.endsWith(`:${kind}`) && one.name === name)?.inputs ??
          assert.fail(`${kind} ${name}`),
      );
    for (const name of ["api", "api-canary"]) {
      assert.match(text("Deployment", name), /"readinessProbe":\{"grpc":\{"port":9000\},"periodSeconds":5\}/);
      assert.match(text("Deployment", name), /\/livez/);
      assert.equal(/"configMapRef"/.test(text("Deployment", name)), name === "api-canary");
    }
    assert.match(text("HorizontalPodAutoscaler", "api"), /"metric":\{"name":"requests_per_second"\}/);
    assert.match(text("Namespace", "api"), /"istio-injection":"enabled"/);
  });
});
