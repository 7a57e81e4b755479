import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Journal, rolloutFiles } from "../../rollout/journal/journal";
import { plan } from "../rollout/machine/world";
import { dev } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";
import { withoutPulumi } from "./without-pulumi";

describe("canary rollout --image-from", () => {
  let project: Project;
  let server: Server;
  let repository: string;
  let status: number;

  beforeEach(async () => {
    project = new Project();
    status = 200;
    server = createServer((_, response) =>
      response.writeHead(status).end(JSON.stringify({ tags: ["1.0.0", "1.1.0"] })),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    repository = `127.0.0.1:${(server.address() as AddressInfo).port}/myapp`;
    const image = (tag: string): string => `${repository}:${tag}`;
    const shop = {
      host: "shop.example.com",
      image: image("1.0.0"),
      canaryImage: image("1.1.0"),
      canaryWeight: 0,
    };
    project.stackFile("dev", dev({ apps: { myapp: { ...shop, host: "myapp.example.com" }, shop } }));
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
    project.remove();
  });

  const rollout = (...words: string[]) => run("rollout", "--image-from", repository, ...words);

  it("says in one line that there is nothing new, and exits 0", async () => {
    const { code, stdout, stderr } = await rollout("--tag", "1.x", "--app", "shop");
    assert.equal(stdout, `nothing new: shop/canary has ${repository}:1.1.0, the newest that 1.x allows\n`);
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("exits 1 where the registry fails", async () => {
    status = 503;
    const { code, stderr } = await rollout("--tag", "1.x", "--app", "shop");
    assert.equal(stderr, `${repository}: the registry answers with status 503\n`);
    assert.equal(code, 1);
  });

  it("exits 2 where a rollout was interrupted, which may be the image's own", async () => {
    mkdirSync(".canary");
    const journal = new Journal(rolloutFiles(project.folder, "dev").journal);
    journal.write({ time: 1, type: "begun", id: "7a", plan: plan(), from: { "shop/canary": 0 } });
    journal.close();
    const { code, stderr } = await rollout("--tag", "1.x", "--app", "shop");
    assert.match(
      stderr,
      /^stack dev: a rollout was interrupted .*; allowed: --resume, or --resume --rollback\n$/,
    );
    assert.equal(code, 2);
  });

  it("does not repeat a password that stands in a repository", async () => {
    const words = ["--image-from", "https://me:s3cret@ghcr.io/acme/myapp", "--tag", "1.x", "--app", "shop"];
    const { code, stderr } = await run("rollout", ...words);
    assert.match(stderr, /^--image-from \[secret\]: allowed: a repository such as ghcr\.io\/acme\/shop/);
    assert.equal(code, 2);
  });

  for (const [what, words, line] of [
    ["several apps", ["--tag", "1.x"], /^--image-from \S+: allowed: for one canary, which --app names/],
    ["no pattern", ["--app", "shop"], /^--image-from, --tag: allowed together only$/],
    ["a tag that moves", ["--app", "shop", "--tag", "latest"], /^--tag latest: allowed: a range of versions/],
    ["a rollout to resume", ["--tag", "1.x", "--resume"], /--resume.*cannot be used with.*--image-from/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await rollout(...words);
      assert.match(stderr.trimEnd(), line);
      assert.equal(code, 2);
    });
  }
});

describe("canary rollout without a metric", () => {
  let project: Project;
  let undo: () => void;
  beforeEach(() => {
    project = new Project();
    undo = withoutPulumi(project.folder);
  });
  afterEach(() => {
    undo();
    project.remove();
  });

  it("by --unjudged says before anything is applied that nobody judges", async () => {
    project.stackFile("dev", dev({}));
    const { stderr } = await run("rollout", "--to", "25", "--unjudged");
    assert.deepEqual(stderr.split("\n").slice(0, 2), [
      "warning: rollout.analysis.metrics is empty: no step is judged, and nothing goes back by itself",
      "pulumi is not on PATH, nor has the project or npx one; npx pulumi version downloads one",
    ]);
  });
});
