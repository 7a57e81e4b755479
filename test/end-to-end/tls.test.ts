import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuthorizationV1Api, type V1Pod } from "@kubernetes/client-node";
import { isReady } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { App } from "./app";
import { podOf } from "./edges";
import { lab } from "./hooks";
import { rendered } from "./rendered";

const HAS_TOOLS =
  spawnSync("curl", ["--version"]).status === 0 && spawnSync("openssl", ["version"]).status === 0;

/** Curl's exit codes for a certificate that is not the one it trusts, and for status 400 and above. */
const UNTRUSTED = 60;
const REFUSED = 22;

interface Certificate {
  /** File of the certificate, which is its own authority. */
  readonly file: string;
  readonly data: Record<string, string>;
}

describe(`https${HAS_TOOLS ? "" : " (needs curl and openssl)"}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "canary-tls-"));

  before(function () {
    if (!HAS_TOOLS) this.skip();
  });

  after(() => rmSync(folder, { recursive: true }));

  describe("of an app with a certificate of its own", () => {
    let app: App;
    let first: Certificate;

    before(async () => {
      app = await App.deploy(lab(), "secured", ["tlsSecret=secured-tls"]);
      first = certificate("first", [app.host, app.canaryHost]);
    });

    after(() => app?.remove());

    it("is served as soon as the Secret is there, at each edge node and for the canary's host too", async () => {
      for (const edge of await lab().edgeAddresses())
        assert.equal(await https(edge, app.host, first), UNTRUSTED);
      await lab().apply([secret("secured-tls", "secured", first)]);
      for (const edge of await lab().edgeAddresses()) {
        await untilTrusted(edge, app.host, first);
        await untilTrusted(edge, app.canaryHost, first);
      }
    });

    it("leaves the app on port 80", async () => {
      for (const edge of await lab().edgeAddresses()) {
        for (const host of [app.host, app.canaryHost]) {
          assert.equal((await lab().get(`http://${edge}`, { host })).status, 200, host);
        }
      }
    });

    it("goes on with a renewed certificate without a restart", async () => {
      const before = await traefiks();
      const renewed = certificate("renewed", [app.host, app.canaryHost]);
      await lab().apply([secret("secured-tls", "secured", renewed)]);
      for (const edge of await lab().edgeAddresses()) {
        await untilTrusted(edge, app.host, renewed);
        assert.equal(await https(edge, app.host, first), UNTRUSTED);
      }
      assert.deepEqual(await traefiks(), before);
    });
  });

  describe("of hosts without a certificate of their own", () => {
    const settings = ["traefik.defaultCertificateSecret=wildcard"];
    const host = "myapp.example.com";

    it("has the default certificate, and a renewed one without a restart", async () => {
      const store = (await rendered("dev", settings)).filter(({ kind }) => kind === "TLSStore");
      assert.equal(store.length, 1);
      const before = await traefiks();
      for (const name of ["default", "default-renewed"]) {
        const wildcard = certificate(name, ["*.example.com"]);
        await lab().apply([secret("wildcard", "traefik", wildcard), ...store]);
        for (const edge of await lab().edgeAddresses()) await untilTrusted(edge, host, wildcard);
      }
      assert.deepEqual(await traefiks(), before);
      for (const object of store) await lab().cluster.delete(object);
    });
  });

  describe("of a Traefik that serves its own and the apps' namespaces alone", () => {
    const NARROW = "narrow";
    const host = "myapp.example.com";
    let objects: KubernetesObject[];
    let app: App;
    let pod: KubernetesObject;
    let wildcard: Certificate;

    before(async function () {
      if (lab().attached) this.skip();
      app = await App.deploy(lab(), "elsewhere");
      const settings = [
        `namespace=${NARROW}`,
        "clusterWide=false",
        "defaultCertificateSecret=wildcard",
        "redirectToHttps=true",
        "accessLog=true",
        "priorityClassName=system-node-critical",
      ];
      const all = await rendered(
        "dev",
        settings.map((setting) => `traefik.${setting}`),
      );
      const kept = new Set((await rendered("dev")).map(nameOf));
      const added = all.filter((object) => !kept.has(nameOf(object)));
      objects = added.filter(({ kind }) => kind !== "DaemonSet");
      const daemonSet = added.find(({ kind }) => kind === "DaemonSet");
      assert.ok(daemonSet !== undefined);
      pod = podOf(daemonSet, NARROW);
      wildcard = certificate("narrow", ["*.example.com"]);
      await lab().apply([...objects, secret("wildcard", NARROW, wildcard), pod]);
      await lab().until("it is ready", async () => (await lab().pods("name=narrow", NARROW)).every(isReady));
      await untilTrusted(await address(), host, wildcard);
    });

    after(async () => {
      await app?.remove();
      for (const object of [pod, ...(objects ?? [])].reverse())
        if (object) await lab().cluster.delete(object);
    });

    it("routes to the app's and no other's, by what its rights let it read", async () => {
      assert.equal(await https(await address(), host, wildcard), 0);
      assert.equal(await https(await address(), app.host, wildcard), REFUSED);
    });

    it("is where port 80 redirects to", async () => {
      const { status, headers } = await lab().get(`http://${await address()}/cart`, { host });
      assert.deepEqual([status, headers.location], [301, `https://${host}/cart`]);
    });

    it("may read Secrets in these namespaces and in no other", async () => {
      const account = (pod.spec as { serviceAccountName: string }).serviceAccountName;
      const user = `system:serviceaccount:${NARROW}:${account}`;
      const authorization = lab().cluster.api(AuthorizationV1Api);
      const mayList = async (namespace: string): Promise<boolean | undefined> => {
        const resourceAttributes = { namespace, verb: "list", resource: "secrets" };
        const body = { spec: { user, resourceAttributes } };
        return (await authorization.createSubjectAccessReview({ body })).status?.allowed;
      };
      assert.equal(await mayList("myapp"), true);
      assert.equal(await mayList(NARROW), true);
      assert.equal(await mayList("elsewhere"), false);
      assert.equal(await mayList("kube-system"), false);
    });

    async function address(): Promise<string> {
      const [found] = await lab().pods("name=narrow", NARROW);
      return found?.status?.podIP ?? "";
    }
  });

  /** A self-signed certificate of these host names. */
  function certificate(name: string, hosts: readonly string[]): Certificate {
    const [file, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    const names = hosts.map((host) => `DNS:${host}`).join(",");
    const asked = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names}`, "-days", "2"];
    const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    execFileSync("openssl", ["req", ...kind, ...asked, "-keyout", key, "-out", file], { stdio: "pipe" });
    const base64 = (path: string): string => readFileSync(path).toString("base64");
    return { file, data: { "tls.crt": base64(file), "tls.key": base64(key) } };
  }
});

function secret(name: string, namespace: string, { data }: Certificate): KubernetesObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type: "kubernetes.io/tls", data };
}

/** Curl's exit code for a request to a host at an address by one trusted certificate. */
async function https(address: string, host: string, { file }: Certificate): Promise<number | undefined> {
  const options = ["-sS", "--fail", "--max-time", "5", "--cacert", file, "-o", "/dev/null"];
  const { code } = await lab().exec([
    "curl",
    ...options,
    "--resolve",
    `${host}:443:${address}`,
    `https://${host}/`,
  ]);
  return code;
}

function untilTrusted(address: string, host: string, trusted: Certificate): Promise<void> {
  const what = `https://${host} at ${address} has ${trusted.file}`;
  return lab().until(what, async () => (await https(address, host, trusted)) === 0);
}

/** The Traefiks on the edge nodes, and how often each was restarted. */
async function traefiks(): Promise<unknown[]> {
  const pods = await lab().pods("app.kubernetes.io/name=traefik", "traefik");
  const restarts = ({ status }: V1Pod) => status?.containerStatuses?.map(({ restartCount }) => restartCount);
  return pods.map((pod) => [pod.metadata?.name, restarts(pod)]).sort();
}

const nameOf = ({ kind, metadata }: KubernetesObject): string =>
  `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
