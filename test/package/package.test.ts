import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { needing } from "../needing";
import { dev, prod } from "../stacks/raw";
import { Consumer, hasRegistry, pack, REPOSITORY, type Tarball, versionHere } from "./consumer";

const PROGRAM = 'import { program } from "canary-traffic";\n\nexport = program();\n';
const lacking = hasRegistry() ? undefined : "npm's registry";

describe(needing(lacking, "the package"), () => {
  if (lacking !== undefined) {
    it("is installed from npm pack");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "canary-pack-"));
  let tarball: Tarball;
  let onKubernetes: Consumer;
  let onAws: Consumer;

  before(async () => {
    tarball = pack(folder);
    onKubernetes = new Consumer();
    onAws = new Consumer();
    const sdk = `@pulumi/pulumi@${versionHere("@pulumi/pulumi")}`;
    await Promise.all([
      onKubernetes.install([tarball.file, sdk, "@pulumi/kubernetes"]),
      onAws.install([tarball.file, sdk, `@pulumi/aws@${versionHere("@pulumi/aws")}`]),
    ]);
  });

  after(() => {
    for (const consumer of [onKubernetes, onAws]) consumer?.remove();
    rmSync(folder, { recursive: true });
  });

  /** The three lines of a program, and a stack file. */
  const project = (
    consumer: Consumer,
    below: string,
    namespace: string,
    raw: object,
    program = PROGRAM,
  ): void => {
    const config = Object.entries(raw).map(([key, value]) => [`${namespace}:${key}`, value]);
    consumer.write(`${below}/Pulumi.yaml`, "name: shop\nruntime: nodejs\n");
    consumer.write(`${below}/Pulumi.dev.yaml`, stringify({ config: Object.fromEntries(config) }));
    consumer.write(`${below}/index.ts`, program);
  };

  it("is scripts with source maps, declarations, and no tests, lab or docs", () => {
    const { files, entryCount, size, unpackedSize } = tarball;
    assert.ok(entryCount < 200, `${entryCount} files`);
    assert.ok(size < 2_200_000 && unpackedSize < 11_000_000, `${size} bytes, ${unpackedSize} unpacked`);
    const paths = files.map(({ path }) => path);
    assert.deepEqual(
      paths.filter(
        (path) => !/^(dist|bin)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^(package|schema)\.json$/.test(path),
      ),
      [],
    );
    for (const each of ["shared.js.map", "cli.js.map", "program.d.ts", "components.d.ts"])
      assert.ok(paths.includes(`dist/${each}`), each);
  });

  it("brings one @pulumi/pulumi and one @pulumi/kubernetes, and no plugin that the stack does not need", () => {
    for (const [consumer, own, other] of [
      [onKubernetes, "@pulumi/kubernetes", "@pulumi/aws"],
      [onAws, "@pulumi/aws", "@pulumi/kubernetes"],
    ] as const) {
      const { versions, problems } = consumer.listed();
      assert.deepEqual(problems, []);
      for (const name of ["@pulumi/pulumi", own])
        assert.equal(versions(name).length, 1, `${name}: ${versions(name).join(", ")}`);
      for (const name of [other, "@pulumi/kubernetesx"]) assert.deepEqual(versions(name), []);
    }
  });

  it("brings little beside the SDKs of Pulumi's, with the licences of what comes along in its scripts", () => {
    for (const [consumer, most] of [
      [onKubernetes, 150],
      [onAws, 215],
    ] as const) {
      const said = execFileSync("du", ["-sk", "node_modules"], { cwd: consumer.folder, encoding: "utf8" });
      const megabytes = Number.parseInt(said, 10) / 1024;
      assert.ok(megabytes <= most, `${megabytes} MB`);
    }
    const licences = readFileSync(
      join(onAws.folder, "node_modules/canary-traffic/dist/LICENSES.txt"),
      "utf8",
    );
    for (const name of ["@aws-sdk/client-ec2", "@kubernetes/client-node", "commander", "zod"])
      assert.match(licences, new RegExp(`^${name} \\d\\S*, (Apache-2.0|MIT)$`, "m"));
  });

  it("declares, by a program of three lines, what this repository's does: the same URNs, inputs and order", () => {
    const raw = readFileSync(join(REPOSITORY, "Pulumi.dev.yaml"), "utf8");
    project(onKubernetes, "same", "canary-traffic", {});
    onKubernetes.write("same/Pulumi.dev.yaml", raw);
    onKubernetes.write("same/Pulumi.yaml", "name: canary-traffic\nruntime: nodejs\n");
    const words = ["render", "--format", "json"];
    const here = execFileSync(process.execPath, [join(REPOSITORY, "bin/canary.js"), ...words], {
      cwd: REPOSITORY,
      encoding: "utf8",
    });
    const there = onKubernetes.answer(words, "same");
    assert.deepEqual(JSON.parse(there), JSON.parse(here));
  });

  it("previews and renders a stack on Kubernetes without @pulumi/aws, and one on AWS without @pulumi/kubernetes", () => {
    project(onKubernetes, "settings", "canary-traffic", dev({}));
    assert.match(
      onKubernetes.answer(["preview", "-c", "canaryWeight=25"], "settings"),
      /^myapp: canary 10 % -> 25 % by traefik; 1 to update, 0 to replace/,
    );
    assert.match(
      onKubernetes.answer(["render"], "settings"),
      /^ {2}kind: TraefikService$|^kind: TraefikService$/m,
    );
    project(onAws, "settings", "shop", prod({}));
    assert.match(
      onAws.answer(["preview", "-c", "canaryWeight=25"], "settings"),
      /^myapp: canary 10 % -> 25 %.*; 2 to update, 0 to replace|^myapp: canary/,
    );
  });

  it("makes a project by canary init, which its own program previews as it was shown, and prints its schema", () => {
    const words = ["--platform", "kubernetes", "--app", "shop", "--host", "shop.example.com"];
    const made = onKubernetes.answer(["init", "made", ...words, "--image", "nginx:1.29.0"]);
    assert.match(made, /^shop: .* to create, 0 to update, 0 to replace, 0 unchanged$/m);
    onKubernetes.write("made/empty.json", JSON.stringify({ version: 3, deployment: {} }));
    assert.equal(onKubernetes.answer(["preview", "--state", "empty.json"], "made"), made);
    const shipped = readFileSync(
      join(onKubernetes.folder, "node_modules/canary-traffic/schema.json"),
      "utf8",
    );
    assert.equal(onKubernetes.answer(["schema"], "made"), shipped);
    assert.equal(onKubernetes.answer(["complete", "--", "preview", "-s", ""], "made"), "dev\t\n");
    assert.match(onKubernetes.canary(["doctor"], "made").stdout, /^✔ npm packages: @pulumi\/pulumi, /m);
    const without = onAws.canary(["init", "without", ...words, "--image", "nginx:1.29.0"]);
    assert.equal(without.status, 0, without.stderr);
    assert.match(without.stderr, /^not previewed: @pulumi\/kubernetes is not installed/m);
  });

  it("names the package that a stack needs and that is not installed", () => {
    project(onAws, "lacking", "shop", dev({}));
    const { status, stderr } = onAws.canary(["preview"], "lacking");
    assert.equal(
      stderr,
      "@pulumi/kubernetes is missing, which this stack needs: npm install @pulumi/kubernetes\n",
    );
    assert.equal(status, 2);
  });

  it("takes programs in JavaScript, and modules of ECMAScript", () => {
    project(onKubernetes, "script", "canary-traffic", dev({}));
    rmSync(join(onKubernetes.folder, "script/index.ts"));
    onKubernetes.write("script/index.js", 'module.exports = require("canary-traffic").program();\n');
    assert.match(onKubernetes.answer(["preview"], "script"), /^myapp: canary 10 %/);
    project(
      onKubernetes,
      "module",
      "canary-traffic",
      dev({}),
      'import { program } from "canary-traffic";\n\nexport default program();\n',
    );
    onKubernetes.write("module/package.json", '{ "type": "module" }');
    assert.match(
      onKubernetes.answer(["preview", "-c", "canaryWeight=25"], "module"),
      /^myapp: canary 10 % -> 25 %/,
    );
    const names = execFileSync(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        'import * as all from "canary-traffic/components"; console.log(Object.keys(all).join());',
      ],
      { cwd: onKubernetes.folder, encoding: "utf8" },
    );
    assert.match(names, /CanaryApp.*canaryRoutes/);
  });

  it("shifts an app of one's own, made of components, beside other resources", () => {
    onKubernetes.copy(join(REPOSITORY, "examples/library"), "library");
    rmSync(join(onKubernetes.folder, "library/package.json"));
    const text = onKubernetes.answer(["preview", "-c", "canaryWeight=25"], "library");
    assert.match(text, /^shop: canary 10 % -> 25 % by traefik; 1 to update, 0 to replace, \d+ unchanged$/m);
    assert.doesNotMatch(text, /To look at/);
  });

  for (const template of readdirSync(join(REPOSITORY, "templates"))) {
    it(`previews what pulumi new makes of templates/${template}`, () => {
      const consumer = template === "aws" ? onAws : onKubernetes;
      consumer.copy(join(REPOSITORY, "templates", template), "new");
      consumer.write("new/Pulumi.yaml", "name: shop\nruntime: nodejs\n");
      rmSync(join(consumer.folder, "new/package.json"));
      assert.match(
        consumer.answer(["preview", "-c", "canaryWeight=25"], "new"),
        /^myapp: canary 0 % -> 25 %/,
      );
    });
  }

  it("previews against another revision", () => {
    const git = (...words: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...words], {
        cwd: onKubernetes.folder,
        encoding: "utf8",
      });
    project(onKubernetes, ".", "canary-traffic", dev({}));
    onKubernetes.write(".gitignore", "node_modules/\n.cache/\n");
    git("init", "--quiet", "--initial-branch=main");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    project(onKubernetes, ".", "canary-traffic", dev({ canaryWeight: 50 }));
    const text = onKubernetes.answer(["preview", "--base", "main"]);
    assert.match(text, /^myapp: canary 10 % -> 50 % by traefik; 1 to update/);
  });

  it("runs the demo, tells its version, and sends who wants a lab to the repository", () => {
    assert.match(onKubernetes.answer(["demo", "--requests", "200"], "settings"), /^Passed: both splits are/m);
    assert.match(onKubernetes.answer(["--version"]), /^\d+\.\d+\.\d+/);
    const { status, stderr } = onKubernetes.canary(["lab", "up"]);
    assert.match(stderr, /^canary lab: .* run it in a clone of canary-traffic\n$/);
    assert.equal(status, 2);
  });

  it("has types that suit a project on nodenext, on bundler and on none of the two, with every library checked", async () => {
    onKubernetes.write("types/whole.ts", WITH_TRANSFORMS);
    onKubernetes.copy(join(REPOSITORY, "examples/library/index.ts"), "types/app.ts");
    onAws.write("types/fleet.ts", FLEET);
    const each = [
      [onKubernetes, "types/app.ts types/whole.ts", { module: "nodenext" }],
      [onKubernetes, "types/app.ts", { module: "esnext", moduleResolution: "bundler" }],
      [onAws, "types/fleet.ts", { module: "nodenext" }],
      [onAws, "types/fleet.ts", { module: "esnext", moduleResolution: "bundler", skipLibCheck: "true" }],
    ] as const;
    const queue = [...each];
    const found: string[] = [];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [consumer, files, options] = next;
        found.push(await consumer.typeErrors(files.split(" "), options));
      }
    };
    await Promise.all([worker(), worker()]);
    assert.deepEqual(
      found.filter((text) => text !== ""),
      [],
    );
    onKubernetes.write("types/wrong.ts", WITH_TRANSFORMS.replace("{ args:", "{ props:"));
    assert.match(
      await onKubernetes.typeErrors(["types/wrong.ts"], { module: "nodenext", skipLibCheck: "true" }),
      /props/,
    );
  });
});

const WITH_TRANSFORMS = `import { program, type ProgramTransform } from "canary-traffic";

const label: ProgramTransform = ({ type, args }) =>
  type === "kubernetes:apps/v1:Deployment"
    ? { args: { ...args, metadata: { ...args.metadata, annotations: { team: "shop" } } } }
    : undefined;

export = program({ transforms: [label] });
`;

const FLEET = `import { CanaryFleet } from "canary-traffic/components";

const shop = new CanaryFleet("shop", {
  host: "shop.example.com",
  vpcId: "vpc-0a1b2c3d4e5f60718",
  publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
  zoneId: "Z0123456789ABCDEFGHIJ",
  amiId: "ami-0a1b2c3d4e5f60718",
  canaries: [{ name: "canary", weight: 10, amiId: "ami-0d1c2b3a4f5e60718" }],
  transform: { launchTemplate: (args) => ({ ...args, ebsOptimized: "true" }) },
});
export const weights = { shop: shop.weights };
`;
