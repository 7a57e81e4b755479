/** Limits and headers of an app's requests, as far as the router says that it has them. */
import assert from "node:assert/strict";
import { routers } from "../../../components/routers";
import { App } from "../app";
import { lab } from "../hooks";
import { onPlane } from "./on-plane";
import type { DataPlane } from "./plane";

const MOST_BYTES = 1000;
/** The lab's app begins its answers as late. */
const LATENCY_MS = 3000;

/** @param name of the app, which no other on the plane has */
export function limitsOf(plane: DataPlane, name: string): void {
  const { router } = plane;
  const { requestTimeout, maxBody, headers } = routers[router].traits;
  // Traefik takes no timeouts of HTTPRoutes.
  const isTimed = requestTimeout !== undefined && router !== "gateway";

  onPlane(plane, `limits and headers of an app's requests, ${plane.title}:`, (running) => {
    let app: App;

    before(async function () {
      this.timeout("4m");
      const settings = [
        ...[`router=${router}`, "canaryWeight=50", "preStopSeconds=1", "replicas=2"],
        ...(isTimed ? ["requestTimeoutSeconds=1"] : []),
        ...(maxBody === undefined ? [] : [`maxBodyBytes=${MOST_BYTES}`]),
        ...(headers
          ? ["responseHeaders.set.X-Frame-Options=DENY", "responseHeaders.remove[0]=x-version"]
          : []),
      ];
      app = await App.deploy(lab(), name, settings, running());
      await running().settled(app);
    });
    after(() => app?.remove());

    const asked = async (host: string, body?: string) => {
      const [origin] = await running().origins();
      return lab().get(`${origin}/`, { host, ...(body !== undefined && { body }) });
    };
    const hosts = (): string[] => [app.host, app.host, app.canaryHost];

    it("headers are set and removed on all answers", async function () {
      if (!headers) this.skip();
      for (const host of hosts()) {
        const answer = await asked(host);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers["x-frame-options"], "DENY");
        assert.ok("x-variant" in answer.headers && !("x-version" in answer.headers));
      }
    });

    it("a body that is too large is answered with 413, and no other", async function () {
      if (maxBody === undefined) this.skip();
      for (const host of hosts()) {
        assert.equal((await asked(host, "x".repeat(MOST_BYTES))).status, 200);
        assert.equal((await asked(host, "x".repeat(MOST_BYTES + 1))).status, 413);
      }
    });

    it("a request that takes too long is answered with 504, whatever variant it goes to", async function () {
      if (!isTimed) this.skip();
      for (const pod of await app.pods()) await lab().setSwitches(pod, { latencyMs: LATENCY_MS });
      for (const host of hosts()) assert.equal((await asked(host)).status, 504);
    });
  });
}
