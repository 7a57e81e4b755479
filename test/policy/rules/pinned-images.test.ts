import assert from "node:assert/strict";
import { UNKNOWN } from "../../../offline/values";
import { deployment, graph, said } from "../graphs";

const check = (image: string): string[] =>
  said("pinned-images", graph([deployment("myapp", { container: { image } })]));

describe("policy pinned-images", () => {
  for (const image of [
    "myapp:1.0.0",
    "localhost:5000/team/myapp:1.2.3-alpine",
    "traefik:v3.7.5",
    "myapp:2026.11.30",
    "myapp:20261130",
    "myapp:9f8e7d6c",
    "myapp:main-9f8e7d6c5b4a",
    "myapp:sha-0a1b2c3",
    "myapp:build-42",
    "myapp:10234",
    `myapp:latest@sha256:${"0".repeat(64)}`,
    `myapp@sha512:${"0".repeat(128)}`,
    `myapp@sha256:${"0".repeat(64)}`,
    UNKNOWN,
  ]) {
    it(`holds for ${image.slice(0, 40)}`, () => {
      assert.deepEqual(check(image), []);
    });
  }

  for (const image of [
    "myapp",
    "myapp:latest",
    "localhost:5000/myapp",
    "registry.example.com/myapp:latest",
    "myapp:LATEST",
    "myapp:stable",
    "myapp:main",
    "myapp:1",
    "myapp:v2",
    "myapp:1.25",
    "myapp:3.12-slim",
    "myapp:22-alpine3.19",
    "myapp@sha256:0000",
    "localhost:5000/team/myapp:1",
  ]) {
    it(`is broken by ${image}`, () => {
      assert.deepEqual(check(image), [
        `Deployment myapp: image ${image} is not pinned; allowed: a whole version such as 1.2.3, a commit or the number of a build as tag, or a digest`,
      ]);
    });
  }

  it("sees what runs before the app", () => {
    const pod = { initContainers: [{ name: "first", image: "busybox" }] };
    assert.equal(said("pinned-images", graph([deployment("myapp", { pod })])).length, 1);
  });
});
