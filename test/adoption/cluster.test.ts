import assert from "node:assert/strict";
import { parse } from "yaml";
import { type Adopted, adoptFromCluster } from "../../adoption";
import { foundLabel } from "../../adoption/found";
import type { Manifest } from "../../components/routers";
import { readConfiguration } from "../../offline/configuration";
import type { ListedCluster } from "../../status/kubernetes";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { ApiServer } from "./api-server";
import { deployment, HOST, ingress, path, service, shop } from "./shop";

const same = (a: Manifest, b: Manifest): boolean =>
  a.kind === b.kind && a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;

const clusterOf = (objects: readonly Manifest[]): ListedCluster => ({
  find: async (manifest) => objects.find((each) => same(each, manifest)),
  all: async (_, kind) => objects.filter((each) => each.kind === kind),
});

describe("what is found in a cluster", () => {
  let project: Project;
  const settings = (more: object = {}) => ({
    router: "nginx",
    traefik: { providers: ["crd", "ingressNginx"] },
    apps: { shop: { host: HOST } },
    ...more,
  });

  beforeEach(() => {
    project = new Project();
    project.stackFile("dev", settings());
  });
  afterEach(() => project.remove());

  const found = (objects: readonly Manifest[] = shop): Promise<Adopted> =>
    adoptFromCluster(project.folder, readConfiguration(project.folder, "dev"), clusterOf(objects));
  const taken = ({ found }: Adopted) => Object.fromEntries(found.map((each) => [foundLabel(each), each.id]));

  it("becomes settings, with what has the program's names taken over", async () => {
    const adoption = await found();
    assert.deepEqual(taken(adoption), {
      "Ingress/shop": "web/shop",
      "Ingress/shop-canary": "web/shop-canary",
    });
    assert.deepEqual(adoption.settings["canary-traffic:apps"], {
      shop: {
        ...{
          namespace: "web",
          createNamespace: false,
          tlsSecret: "shop-tls",
          port: 9090,
          healthPath: "/ready",
        },
        image: "registry.example.com/shop:1.0.0",
        replicas: 4,
        canaryWeight: 2.5,
        canaryImage: "registry.example.com/shop:1.1.0",
        canaryReplicas: 2,
      },
    });
    assert.deepEqual(adoption.notes, []);
  });

  it("tells what the first update would change, and make anew", async () => {
    const { differences } = await found();
    for (const made of ["Deployment/shop", "Service/shop", "Deployment/shop-canary", "Service/shop-canary"])
      assert.ok(differences.includes(`${made}: is not there, or was not found: would be made anew`), made);
    assert.ok(
      differences.some((line) =>
        /^Ingress\/shop: spec\.rules\[0\]\.http\.paths\[0\]\.backend\.service\.name "web" => "shop"$/.test(
          line,
        ),
      ),
      differences.join("\n"),
    );
    assert.ok(!differences.some((line) => /refused/.test(line)));
  });

  it("takes a Service of the app's name", async () => {
    const adoption = await found([
      ingress("shop", [path("shop")]),
      service("shop", "web-1"),
      deployment("web-1", "registry.example.com/shop:1.0.0", 4),
    ]);
    assert.equal(taken(adoption)["Service/shop"], "web/shop");
  });

  it("takes no Deployment that selects other pods, and says that it is in the way", async () => {
    const adoption = await found([
      ingress("shop", [path("web")]),
      service("web", "shop"),
      deployment("shop", "registry.example.com/shop:1.0.0", 4),
    ]);
    assert.ok(!("Deployment/shop" in taken(adoption)));
    assert.ok(
      adoption.notes.some((note) => /^Deployment\/shop: web\/shop is there and in the way/.test(note)),
    );
  });

  it("tells of an Ingress of another name, and of paths that the program's has not", async () => {
    const adoption = await found([
      ingress("front", [path("web"), path("api", "/api")]),
      ingress("static", [path("files", "/files")]),
      service("web", "web-1"),
      deployment("web-1", "registry.example.com/shop:1.0.0", 4),
    ]);
    assert.ok(!("Ingress/shop" in taken(adoption)));
    for (const said of [
      /^Ingress web\/front has path \/api, the program's \/ alone/,
      /^Ingress web\/front is not named as the program's, shop: .* beside it/,
      /^Ingress web\/static serves paths of shop\.example\.com: stays as it is, outside$/,
    ])
      assert.ok(
        adoption.notes.some((note) => said.test(note)),
        `${said}: ${adoption.notes.join("\n")}`,
      );
  });

  it("is said, not guessed, where two Ingresses serve the host", async () => {
    const { notes, found: all } = await found([ingress("a", [path("web")]), ingress("b", [path("web")])]);
    assert.deepEqual(all, []);
    assert.deepEqual(notes, [
      "Ingress/shop: which one serves path / of shop.example.com can't be told: web/a, web/b; made anew",
    ]);
  });

  it("is for platforms with a cluster", async () => {
    project.stackFile("dev", { platform: "elb", apps: { shop: { host: HOST } } });
    await assert.rejects(found(), /platform is elb; allowed: kubernetes or migration, with --from-cluster/);
  });

  describe("by the command", () => {
    const env = { ...process.env };
    let server: ApiServer;

    beforeEach(async () => {
      server = new ApiServer(shop);
      project.write("kubeconfig", await server.kubeconfig());
      process.env.KUBECONFIG = `${project.folder}/kubeconfig`;
    });
    afterEach(() => {
      process.env = { ...env };
      server.close();
    });

    it("is printed, written, and imported by the first preview", async () => {
      const { code, stdout, stderr } = await run("adopt", "--from-cluster", "--write");
      const told = stderr.replace(/^written to .*\n$/m, "");
      assert.deepEqual([code, told], [0, "looking at cluster one\n"], stdout);
      assert.deepEqual(parse(stdout).config["canary-traffic:adopt"], {
        "Ingress/shop": "web/shop",
        "Ingress/shop-canary": "web/shop-canary",
      });
      project.write("empty.json", JSON.stringify({ version: 3, deployment: {} }));
      const previewed = await run("preview", "--state", "empty.json");
      assert.equal(previewed.code, 0, previewed.stderr);
      assert.match(previewed.stdout, /Ingress +shop +import/);
      assert.match(previewed.stdout, /Ingress +shop-canary +import/);
    });

    it("needs one place to look in", async () => {
      for (const words of [[], ["--from-aws", "--from-cluster"]]) {
        const { code, stderr } = await run("adopt", ...words);
        assert.deepEqual(
          [code, stderr],
          [2, "canary adopt: allowed is one of --from-aws and --from-cluster\n"],
        );
      }
    });
  });
});
