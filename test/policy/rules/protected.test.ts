import assert from "node:assert/strict";
import { graph, resource, said } from "../graphs";

const service = (protect: boolean) => resource("kubernetes:core/v1:Service", "myapp", {}, protect);
const config = resource("kubernetes:core/v1:ConfigMap", "traefik");

describe("policy protected", () => {
  it("is broken by what takes traffic and is not protected, in a production stack", () => {
    assert.deepEqual(said("protected", graph([service(false)], {}, "prod")), [
      "Service myapp is not protected, in stack prod; allowed: protect: true",
    ]);
  });

  it("holds where all of it is protected", () => {
    assert.deepEqual(said("protected", graph([service(true), config], {}, "production")), []);
  });

  it("says nothing of other stacks, and takes their names from the settings", () => {
    assert.deepEqual(said("protected", graph([service(false)], {}, "dev")), []);
    assert.equal(
      said("protected", graph([service(false)], {}, "live"), { productionStacks: ["live"] }).length,
      1,
    );
  });
});
