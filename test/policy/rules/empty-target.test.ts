import assert from "node:assert/strict";
import { group, resource, said, update } from "../graphs";

const template = (imageId: string) =>
  resource("aws:ec2/launchTemplate:LaunchTemplate", "myapp-canary", { imageId });
const instances = (minSize: number, targetGroupArns: string[] = ["arn"]) =>
  group("myapp-canary", "canary", { minSize, maxSize: minSize, targetGroupArns });
const check = (count: number, weight: number, arns?: string[]): string[] => {
  const side = (image: string) => [[template(image), instances(count, arns)], { canary: weight }] as const;
  return said("empty-target", update(side("ami-1"), side("ami-2")));
};

describe("policy empty-target", () => {
  it("is broken by a new image for the only instance of a canary behind a listener", () => {
    assert.deepEqual(check(1, 10), [
      "myapp: canary has one instance, which is ended before the new one is there: 10 % of the users meet no instance " +
        "meanwhile; better: weight 0 first, or a second instance",
    ]);
  });

  it("holds with a second instance, without users, and where instances are the weight", () => {
    assert.deepEqual(check(2, 10), []);
    assert.deepEqual(check(1, 0), []);
    assert.deepEqual(check(1, 10, []), []);
  });
});
