import assert from "node:assert/strict";
import { UNKNOWN } from "../../../offline/values";
import { deployment, graph, said } from "../graphs";

const check = (image: string): string[] =>
  said("pinned-images", graph([deployment("myapp", { container: { image } })]));

describe("policy pinned-images", () => {
  for (const image of [
    "myapp:1.0.0",
    "localhost:5000/team/myapp:1",
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
  ]) {
    it(`is broken by ${image}`, () => {
      assert.deepEqual(check(image), [
        `Deployment myapp: image ${image} is not pinned; allowed: a tag other than latest, or a digest`,
      ]);
    });
  }

  it("sees what runs before the app", () => {
    const pod = { initContainers: [{ name: "first", image: "busybox" }] };
    assert.equal(said("pinned-images", graph([deployment("myapp", { pod })])).length, 1);
  });
});
