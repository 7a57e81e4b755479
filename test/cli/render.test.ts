import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { dev, prod } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";

const withSecret = { secrets: { myapp: { API_KEY: "hunter2" } } };

describe("canary render", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", dev({}));
  });

  afterEach(() => project.remove());

  const refused = async (line: RegExp, ...words: string[]): Promise<void> => {
    const { code, stdout, stderr } = await run("render", ...words);
    assert.equal(stdout, "");
    assert.match(stderr, line);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(code, 2);
  };

  it("says what it leaves out, and prints the rest", async () => {
    const { code, stdout, stderr } = await run("render");
    assert.equal(code, 0);
    assert.match(stdout, /^---\napiVersion: /);
    assert.equal(
      stderr,
      "left out, for it is no Kubernetes object: kubernetes:helm.sh/v3:Release traefik-crds\n",
    );
  });

  it("warns of every object whose secrets are masked", async () => {
    project.stackFile("dev", dev(withSecret));
    const { code, stdout, stderr } = await run("render");
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^warning: Secret myapp\/myapp\S*: stringData\.API_KEY is masked; as it is, applying it puts "\[secret\]" in place of the value: .+$/m,
    );
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });

  it("says so of a stack without Kubernetes objects", async () => {
    project.stackFile("prod", prod({}));
    const { code, stdout, stderr } = await run("render", "-s", "prod");
    assert.equal(code, 0);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^stack prod has no Kubernetes objects: \d+ resources are left out, which --format json prints\n$/,
    );
  });

  describe("--out", () => {
    const weights = (folder: string): unknown =>
      parse(readFileSync(`${folder}/traefikservice-myapp-myapp.yaml`, "utf8")).spec.weighted.services;

    it("writes a file per object, into a folder that it makes", async () => {
      const { code, stdout } = await run("render", "--out", "a/b");
      assert.equal(code, 0);
      assert.equal(stdout, "");
      assert.ok(readdirSync("a/b").every((name) => name.endsWith(".yaml")));
      assert.ok(readdirSync("a/b").includes("deployment-myapp-myapp-canary.yaml"));
    });

    it("overwrites what it wrote before, removes what is no longer declared, and says how much", async () => {
      await run("render", "--out", "out");
      const before = readdirSync("out");
      writeFileSync("out/kustomization.yaml", "resources: []\n");
      writeFileSync("out/notes.txt", "mine");
      const set = ["-c", "apps.myapp.namespace=shop", "--config-path"];
      const { code, stderr } = await run("render", ...set, "--out", "out");
      assert.equal(code, 0);
      const after = readdirSync("out");
      const removed = before.filter((name) => !after.includes(name));
      assert.ok(removed.includes("traefikservice-myapp-myapp.yaml"));
      for (const name of ["traefikservice-shop-myapp.yaml", "kustomization.yaml", "notes.txt"])
        assert.ok(after.includes(name));
      const line = `removed ${removed.length} files from out, no longer declared: ${removed.join(", ")}\n`;
      assert.ok(stderr.includes(line), stderr);
    });

    it("recovers from a run that was interrupted, by running again", async () => {
      await run("render", "--out", "out");
      const [first = ""] = readdirSync("out");
      const whole = readFileSync(`out/${first}`, "utf8");
      writeFileSync(`out/${first}.canary-unfinished`, "apiVer");
      writeFileSync(`out/service-gone.yaml.canary-unfinished`, "apiVer");
      await run("render", "--out", "out");
      assert.deepEqual(
        readdirSync("out").filter((name) => name.endsWith(".canary-unfinished")),
        [],
      );
      assert.equal(readFileSync(`out/${first}`, "utf8"), whole);
    });

    it("shifts in place", async () => {
      await run("render", "--out", "out");
      await run("render", "--out", "out", "-c", "canaryWeight=25");
      assert.match(JSON.stringify(weights("out")), /"weight":75.*"weight":25/);
    });

    it("leaves a file alone that it has not written, or wrote for another stack", async () => {
      mkdirSync("out");
      writeFileSync("out/namespace-myapp.yaml", "mine\n");
      await refused(
        /^--out out: holds namespace-myapp\.yaml, which is not a file that canary render wrote for stack dev; allowed: another folder\n$/,
        "--out",
        "out",
      );
      assert.deepEqual(readdirSync("out"), ["namespace-myapp.yaml"]);
      project.stackFile("staging", dev({}));
      await run("render", "-s", "staging", "--out", "staging");
      await refused(/^--out staging: holds \S+, which is not .* for stack dev/, "--out", "staging");
    });

    it("refuses what can't be a folder", async () => {
      writeFileSync("file", "");
      await refused(/^--out "": allowed is a folder\n$/, "--out", "");
      await refused(/^--out file: .*(EEXIST|ENOTDIR)/, "--out", "file");
      await refused(/^--out file\/below: .*ENOTDIR/, "--out", "file/below");
    });

    it("ends where no folder can be made", async function () {
      if (process.platform !== "linux") this.skip();
      await refused(/^--out \/proc\/canary\/out: ENOENT/, "--out", "/proc/canary/out");
    });

    it("gives objects of one kind, namespace and name files of their own", async () => {
      project.write(
        "twins.ts",
        `import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
         for (const group of ["a.example.com", "b.example.com"])
           new CustomResource(group, { apiVersion: group + "/v1", kind: "Gateway", metadata: { name: "g" } });`,
      );
      project.write(
        "Pulumi.yaml",
        stringify({ name: "canary-traffic", main: "twins.ts", runtime: "nodejs" }),
      );
      await run("render", "--out", "out");
      assert.deepEqual(readdirSync("out").sort(), ["gateway-g-2.yaml", "gateway-g.yaml"]);
    });
  });
});
