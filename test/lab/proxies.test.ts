import assert from "node:assert/strict";
import { isProxy, placedProxyConfiguration } from "../../lab/kubelet/proxies";

describe("proxies in a lab", () => {
  const place = { address: "10.77.0.5", mounts: [{ mountPath: "/tmp", path: "/lab/tmp" }] };

  it("listen on their pod's address", () => {
    assert.equal(placedProxyConfiguration("  bind :8080\n", place), "  bind 10.77.0.5:8080\n");
    assert.equal(placedProxyConfiguration("    listen 8080;\n", place), "    listen 10.77.0.5:8080;\n");
    assert.equal(placedProxyConfiguration('{"address": "0.0.0.0"}', place), '{"address": "10.77.0.5"}');
  });

  it("find files where the lab has put them", () => {
    assert.equal(
      placedProxyConfiguration("pid /tmp/a.pid; # /tmpfile", place),
      "pid /lab/tmp/a.pid; # /tmpfile",
    );
  });

  it("are told from apps by their image", () => {
    for (const image of [
      "haproxy:3.2.23-alpine",
      "docker.io/library/nginx:1.28.3",
      "envoyproxy/envoy:v1.39.1",
    ])
      assert.ok(isProxy(image), image);
    for (const image of ["registry.example.com/nginx-app:1", "registry.example.com/myapp:1.0.0"])
      assert.ok(!isProxy(image), image);
  });
});
