import assert from "node:assert/strict";
import { parse } from "yaml";
import { placedArguments, placedTraefikConfiguration } from "../../lab/kubelet/traefik-settings";

describe("Traefik's settings in a lab", () => {
  const place = { address: "10.78.0.2", mounts: [{ mountPath: "/etc/traefik", path: "/lab/pod/config" }] };

  it("listen on the node's address where they listen on all", () => {
    const text = `
      entryPoints:
        web: {address: ":80"}
        websecure: {address: "0.0.0.0:443", http: {tls: {}}}
        admin: {address: "127.0.0.1:9000"}
    `;
    assert.deepEqual(parse(placedTraefikConfiguration(text, place)), {
      entryPoints: {
        traefik: { address: "10.78.0.2:8080" },
        web: { address: "10.78.0.2:80" },
        websecure: { address: "10.78.0.2:443", http: { tls: {} } },
        admin: { address: "127.0.0.1:9000" },
      },
    });
  });

  it("read files where the lab has put them", () => {
    const text = "providers: {file: {filename: /etc/traefik/redirect.yaml}, other: /etc/traefikother}";
    const { providers } = parse(placedTraefikConfiguration(text, place)) as { providers: unknown };
    assert.deepEqual(providers, {
      file: { filename: "/lab/pod/config/redirect.yaml" },
      other: "/etc/traefikother",
    });
  });

  it("do the same where they come as arguments", () => {
    const args = [
      "--entrypoints.web.address=:80/tcp",
      "--providers.file.filename=/etc/traefik/a.yaml",
      "--ping=true",
    ];
    assert.deepEqual(placedArguments(args, place), [
      "--entryPoints.web.address=10.78.0.2:80/tcp",
      "--providers.file.filename=/lab/pod/config/a.yaml",
      "--ping=true",
      "--entryPoints.traefik.address=10.78.0.2:8080",
    ]);
  });
});
