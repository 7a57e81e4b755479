import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { parse } from "yaml";
import { answered } from "../../cli/init/ask";
import { firstPlatforms, firstRouters, questionNames, questions, refusalOf } from "../../cli/init/questions";
import { ApiServer } from "../adoption/api-server";
import { shop } from "../adoption/shop";
import { type Ran, run } from "./run";

const ROOT = resolve(__dirname, "..", "..");
const IMAGE = "registry.example.com/shop:1.0.0";
const CLUSTER = ["--platform", "kubernetes", "--app", "shop", "--host", "shop.example.com", "--image", IMAGE];
const FLEETS = [
  ...["--platform", "elb", "--app", "shop", "--host", "shop.example.com", "--region", "eu-west-1"],
  ...["--zone", "Z0123456789ABCDEFGHIJ", "--vpc", "vpc-0a1b2c3d4e5f60718", "--ami", "ami-0a1b2c3d4e5f60718"],
  ...["--subnets", "subnet-0a1b2c3d4e5f60718,subnet-0b1c2d3e4f5061728"],
];

const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(join(ROOT, "schema.json"), "utf8")),
);

describe("canary init", () => {
  const start = process.cwd();
  const env = { ...process.env };
  let parent: string;
  let folder: string;

  beforeEach(() => {
    parent = realpathSync(mkdtempSync(join(tmpdir(), "canary-init-test-")));
    folder = join(parent, "shop");
    mkdirSync(folder);
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(start);
    process.env = { ...env };
    rmSync(parent, { recursive: true });
  });

  const init = (...words: string[]): Promise<Ran> => run("init", ...words);
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const config = (stack = "dev"): Record<string, unknown> => parse(read(`Pulumi.${stack}.yaml`)).config;

  /** What `npm install` would bring: this checkout in place of the package. */
  const install = (): void => {
    const own = join(folder, "node_modules", "canary-traffic");
    mkdirSync(own, { recursive: true });
    const dependencies = { "@pulumi/pulumi": "*" };
    writeFileSync(
      join(own, "package.json"),
      JSON.stringify({ name: "canary-traffic", main: "index.ts", dependencies }),
    );
    writeFileSync(
      join(own, "index.ts"),
      `export { program } from ${JSON.stringify(join(ROOT, "stacks", "program"))};\n`,
    );
    for (const name of readdirSync(join(ROOT, "node_modules")).filter((each) => !each.startsWith(".")))
      symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name), "junction");
  };

  it("makes a project whose own program previews what was shown at once, and has nothing to advise", async () => {
    for (const [stack, words] of Object.entries({ dev: CLUSTER, prod: FLEETS })) {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      const made = await init("-s", stack, ...words);
      assert.equal(made.code, 0, made.stderr);
      assert.match(made.stdout, /^shop: .* 0 to update, 0 to replace, 0 unchanged$/m);
      const files = [
        ".gitignore",
        `Pulumi.${stack}.yaml`,
        "Pulumi.yaml",
        "index.ts",
        "package.json",
        "tsconfig.json",
      ];
      assert.deepEqual(readdirSync(folder).sort(), files.sort());
      assert.equal(read("index.ts"), 'import { program } from "canary-traffic";\n\nexport = program();\n');
      assert.match(
        read(`Pulumi.${stack}.yaml`),
        /^# yaml-language-server: \$schema=\.\/node_modules\/canary-traffic\/schema\.json\n/,
      );
      assert.ok(validate(parse(read(`Pulumi.${stack}.yaml`))), JSON.stringify(validate.errors));
      install();
      writeFileSync(join(folder, "empty.json"), JSON.stringify({ version: 3, deployment: {} }));
      const previewed = await run("preview", "-s", stack, "--state", "empty.json");
      assert.deepEqual([previewed.code, previewed.stdout], [0, made.stdout], previewed.stderr);
      const checked = await run("check", "-s", stack);
      assert.doesNotMatch(checked.stderr, /^advice/m);
    }
  }).timeout(60_000);

  it("asks a provider's package for a side that the platform has, and for no other", async () => {
    await init(...CLUSTER);
    const { dependencies } = JSON.parse(read("package.json"));
    assert.deepEqual(Object.keys(dependencies), ["canary-traffic", "@pulumi/pulumi", "@pulumi/kubernetes"]);
    for (const version of Object.values(dependencies)) assert.match(String(version), /^\d+\.\d+\.\d+/);
    await init("../elb", ...FLEETS);
    const elb = JSON.parse(readFileSync(join(parent, "elb", "package.json"), "utf8"));
    assert.deepEqual(Object.keys(elb.dependencies), ["canary-traffic", "@pulumi/pulumi", "@pulumi/aws"]);
  });

  it("is strict, as nothing runs yet", async () => {
    await init(...CLUSTER, "--canary-image", "registry.example.com/shop:1.1.0");
    const cluster = config();
    assert.deepEqual(cluster["canary-traffic:apps"], {
      shop: {
        host: "shop.example.com",
        image: IMAGE,
        canaryImage: "registry.example.com/shop:1.1.0",
        runAsNonRoot: true,
      },
    });
    assert.deepEqual(cluster["canary-traffic:traefik"], { clusterWide: false, bodySeconds: 3600 });
    await init("../elb", ...FLEETS);
    const elb = parse(readFileSync(join(parent, "elb", "Pulumi.dev.yaml"), "utf8")).config;
    assert.deepEqual(elb["canary-traffic:protect"], true);
    assert.equal(elb["canary-traffic:aws"].strictHttp, true);
    assert.equal(elb["aws:region"], "eu-west-1");
  });

  it("previews with every router and load balancer that it offers", async () => {
    for (const router of firstRouters) {
      const { code, stderr } = await init(join(parent, router), ...CLUSTER, "--router", router);
      assert.equal(code, 0, `${router}: ${stderr}`);
    }
    for (const front of questions.loadBalancer.choices ?? []) {
      const { code, stderr } = await init(join(parent, `on-${front}`), ...FLEETS, "--load-balancer", front);
      assert.equal(code, 0, `${front}: ${stderr}`);
    }
  }).timeout(120_000);

  it("names all that is missing and all that is wrong without a terminal, and writes nothing", async () => {
    assert.deepEqual(
      (await init()).stderr,
      "--platform is missing: What runs the app, one of elb, kubernetes\n--app is missing: Name of the app\n--host is missing: Host name that its users ask for\n",
    );
    const { code, stderr } = await init("--platform", "elb", "--app", "Shop", "--image", IMAGE);
    assert.equal(code, 2);
    for (const line of [
      /^--app Shop: allowed: a name of/m,
      /^--host is missing/m,
      /^--vpc is missing/m,
      /^--image .*: not with --platform elb$/m,
    ])
      assert.match(stderr, line);
    assert.deepEqual(readdirSync(folder), []);
    for (const words of [
      ["--from-aws", "--from-cluster"],
      ["--context", "one"],
      ["--nosuch"],
      ["--from-aws", "--platform", "kubernetes"],
    ])
      assert.equal((await init(...words)).code, 2);
  });

  it("overwrites nothing, and names all that is in the way", async () => {
    for (const name of ["Pulumi.yaml", "index.ts", "Pulumi.dev.yaml"])
      writeFileSync(join(folder, name), "mine");
    const { code, stderr } = await init(...CLUSTER);
    assert.deepEqual(
      [code, stderr.split(": ").slice(1).join(": ")],
      [
        2,
        "Pulumi.yaml, index.ts, Pulumi.dev.yaml are there already; nothing was written; allowed: a folder without\n",
      ],
    );
    assert.deepEqual(readdirSync(folder).sort(), ["Pulumi.dev.yaml", "Pulumi.yaml", "index.ts"]);
    assert.equal(read("index.ts"), "mine");
  });

  it("keeps a package.json that is there, and says what to install", async () => {
    writeFileSync(join(folder, "package.json"), '{"name":"mine"}');
    const { code, stderr } = await init(...CLUSTER);
    assert.equal(code, 0);
    assert.match(stderr, /^kept as it is: package\.json$/m);
    assert.match(
      stderr,
      /^next: npm install --save-exact canary-traffic@\S+ @pulumi\/pulumi@3\S+ @pulumi\/kubernetes@\S+ && /m,
    );
    assert.equal(read("package.json"), '{"name":"mine"}');
  });

  it("takes its files back if one of them can't be written", async () => {
    symlinkSync(join(parent, "nowhere"), join(folder, "tsconfig.json"));
    const { code, stderr } = await init(...CLUSTER);
    assert.equal(code, 2);
    assert.match(stderr, /nothing was written/);
    assert.deepEqual(readdirSync(folder), ["tsconfig.json"]);
  });

  it("writes nothing where the program refuses the settings", async () => {
    const { code, stderr } = await init(
      ...FLEETS.map((word) => word.replace("subnet-0b1c2d3e4f5061728", "subnet-0a1b2c3d4e5f60718")),
    );
    assert.equal(code, 2);
    assert.match(stderr, /aws\.publicSubnetIds .* each subnet once/);
    assert.deepEqual(readdirSync(folder), []);
  });

  describe("with a person", () => {
    it("asks what no option says, with the folder's name at hand, and takes fallbacks", async () => {
      const asked: string[] = [];
      const answers = await answered(
        { platform: "kubernetes", app: "shop" },
        { name: "folder" },
        async (name, fallback) => {
          asked.push(name);
          return (
            fallback ?? ({ host: "shop.example.com", image: IMAGE } as Record<string, string>)[name] ?? ""
          );
        },
      );
      assert.deepEqual(asked, ["name", "stack", "host", "image", "canaryImage", "router"]);
      assert.deepEqual(
        [answers.name, answers.stack, answers.router, answers.canaryImage],
        ["folder", "dev", "traefik", undefined],
      );
    });

    it("has for each question choices and fallbacks that it takes itself", () => {
      for (const name of questionNames) {
        const { choices = [], fallback } = questions[name];
        for (const answer of [...choices, ...(fallback ? [fallback({})] : [])])
          assert.equal(refusalOf(name, answer), undefined, `${name} ${answer}`);
        assert.match(refusalOf(name, "not\u0000 right") ?? "", /\w/, name);
      }
      assert.deepEqual([...firstPlatforms], ["elb", "kubernetes"]);
    });
  });

  describe("from what runs already", () => {
    let server: ApiServer;
    beforeEach(async () => {
      server = new ApiServer(shop);
      writeFileSync(join(parent, "kubeconfig"), await server.kubeconfig());
      process.env.KUBECONFIG = join(parent, "kubeconfig");
    });
    afterEach(() => server.close());

    it("in a cluster: writes what canary adopt finds", async () => {
      const { code, stdout, stderr } = await init(
        "--from-cluster",
        "--app",
        "shop",
        "--host",
        "shop.example.com",
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^# Found:\n# {3}Ingress\/shop: web\/shop$/m);
      assert.match(stdout, /Ingress +shop +import/);
      const written = config();
      assert.deepEqual(written["canary-traffic:adopt"], {
        "Ingress/shop": "web/shop",
        "Ingress/shop-canary": "web/shop-canary",
      });
      const { shop: app } = written["canary-traffic:apps"] as { shop: Record<string, unknown> };
      assert.equal(app.image, IMAGE);
      // Its pods run as they do.
      assert.ok(!("runAsNonRoot" in app));
      assert.ok(validate({ config: written }), JSON.stringify(validate.errors));
    });

    it("in a cluster: keeps its objects as a manifest if that is asked for", async () => {
      const words = ["--from-cluster", "--app", "shop", "--host", "shop.example.com", "--manifest", "k8s"];
      const { code, stderr } = await init(...words);
      assert.equal(code, 0, stderr);
      const { shop: app } = config()["canary-traffic:apps"] as { shop: Record<string, unknown> };
      assert.equal(app.manifest, "k8s/shop.yaml");
      assert.match(read("k8s/shop.yaml"), /kind: Deployment/);
      const { code: again, stderr: refused } = await init(...words);
      assert.equal(again, 2);
      assert.match(refused, /Pulumi\.yaml, index\.ts/);
    });

    it("writes nothing if nothing is found, or nothing can be read", async () => {
      const nothing = await init("--from-cluster", "--app", "shop", "--host", "nobody.example.com");
      assert.equal(nothing.code, 1);
      assert.match(nothing.stderr, /nothing was found/);
      process.env.KUBECONFIG = join(parent, "nosuch");
      const unread = await init("--from-cluster", "--app", "shop", "--host", "shop.example.com");
      assert.equal(unread.code, 2);
      assert.deepEqual(readdirSync(folder), []);
      assert.ok(!existsSync(join(folder, "Pulumi.yaml")));
    });
  });
});
