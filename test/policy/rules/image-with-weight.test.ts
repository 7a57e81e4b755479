import assert from "node:assert/strict";
import type { GraphResource } from "../../../policy/graph";
import { deployment, resource, said, update } from "../graphs";

const running = (image: string) => deployment("myapp-canary", { container: { image } });
const template = (imageId: string) =>
  resource("aws:ec2/launchTemplate:LaunchTemplate", "myapp-canary", { imageId });
const check = (before: GraphResource, after: GraphResource, from = 10, to = 25): string[] =>
  said("image-with-weight", update([[before], { canary: from }], [[after], { canary: to }]));

describe("policy image-with-weight", () => {
  it("is broken by a weight raised together with the canary's image", () => {
    assert.deepEqual(check(running("myapp:1"), running("myapp:2")), [
      "myapp: canary goes from 10 % to 25 % with a new image, myapp:1 -> myapp:2; better the image first, then the weight",
    ]);
    assert.equal(check(template("ami-1"), template("ami-2")).length, 1);
  });

  it("is broken by a new canary that takes requests at once", () => {
    const fresh = update([[], {}], [[running("myapp:2")], { canary: 10 }]);
    assert.match(said("image-with-weight", fresh)[0] ?? "", /from 0 % to 10 % with a new image, myapp:2;/);
  });

  it("holds when only one of them changes, or the weight falls", () => {
    assert.deepEqual(check(running("myapp:1"), running("myapp:1")), []);
    assert.deepEqual(check(running("myapp:1"), running("myapp:2"), 10, 10), []);
    assert.deepEqual(check(running("myapp:1"), running("myapp:2"), 10, 0), []);
  });
});
