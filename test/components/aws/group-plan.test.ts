import assert from "node:assert/strict";
import { planFixedGroups, planGroups } from "../../../components/aws/group-plan";
import { TrafficSplit } from "../../../components/traffic";

const bounds = { fleetSize: 9, maxSize: 18, canaryMin: 0 };
const plan = (weight: number, canaryMin = 0) =>
  planGroups(new TrafficSplit([{ name: "canary", weight }]), { ...bounds, canaryMin }).map(
    ({ sizes, loadBalancers }) => ({ ...sizes, loadBalancers }),
  );

describe("The plan of an app's groups", () => {
  const whole = { minSize: 9, maxSize: 18, waitForElbCapacity: 9, loadBalancers: ["main"] };
  const shrunk = (instances: number) => ({
    minSize: instances,
    maxSize: instances,
    waitForCapacityTimeout: "0",
    loadBalancers: ["main"],
  });
  const serving = (instances: number) => ({
    minSize: instances,
    maxSize: instances,
    desiredCapacity: instances,
    waitForElbCapacity: instances,
    loadBalancers: ["main", "own"],
  });
  const aside = (instances: number) => ({
    minSize: instances,
    maxSize: instances,
    desiredCapacity: instances,
    loadBalancers: ["own"],
  });

  const table = [
    { weight: 0, primary: whole, canary: aside(0) },
    { weight: 1, primary: whole, canary: serving(1) },
    { weight: 10, primary: whole, canary: serving(1) },
    { weight: 25, primary: whole, canary: serving(3) },
    { weight: 50, primary: whole, canary: serving(9) },
    { weight: 75, primary: shrunk(3), canary: serving(9) },
    { weight: 99, primary: shrunk(1), canary: serving(9) },
    { weight: 100, primary: { minSize: 9, maxSize: 18, loadBalancers: [] }, canary: serving(9) },
  ];
  for (const { weight, primary, canary } of table) {
    it(`at ${weight} % has the primary at ${primary.minSize} and the canary at ${canary.minSize}`, () => {
      assert.deepEqual(plan(weight), [primary, canary]);
    });
  }

  it("keeps canaryMin instances of a canary at weight 0 on its own load balancer", () => {
    assert.deepEqual(plan(0, 2), [whole, aside(2)]);
  });

  it("leaves a primary that was scaled out as it is, from every weight up to 50 % or 100 % to every other", () => {
    for (const weight of [0, 0.01, 1, 10, 25, 33.33, 49.99, 50, 100]) {
      const primary = plan(weight)[0];
      assert.deepEqual(
        [primary?.minSize, primary?.maxSize, primary && "desiredCapacity" in primary],
        [9, 18, false],
      );
    }
  });

  it("never lets a canary's group grow beyond its desired capacity", () => {
    for (let weight = 0; weight <= 100; weight++) {
      const [, canary] = plan(weight, 1);
      assert.equal(canary?.maxSize, canary?.desiredCapacity);
    }
  });

  it("gives each of two canaries its own size", () => {
    const split = new TrafficSplit([
      { name: "small", weight: 10 },
      { name: "large", weight: 20 },
    ]);
    const instances = planGroups(split, bounds).map(({ sizes }) => sizes.minSize);
    assert.deepEqual(instances, [9, 1, 3]);
  });
});

describe("The sizes of groups behind listeners", () => {
  const sizes = (canarySize: number) => planFixedGroups(2, { ...bounds, canarySize });

  it("are those of a whole primary, and the same for each canary, which can't grow", () => {
    const canary = { minSize: 3, maxSize: 3, desiredCapacity: 3, waitForElbCapacity: 3 };
    assert.deepEqual(sizes(3), [{ minSize: 9, maxSize: 18, waitForElbCapacity: 9 }, canary, canary]);
  });

  it("wait for no instance of a canary that has none", () => {
    assert.deepEqual(sizes(0)[1], { minSize: 0, maxSize: 0, desiredCapacity: 0 });
  });
});
