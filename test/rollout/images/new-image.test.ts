import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target, Weights } from "../../../analysis/plan";
import { UserError } from "../../../base/user-error";
import { bringImage, findNewImage, type NewImage } from "../../../rollout/images/new-image";
import { Journal, rolloutFiles } from "../../../rollout/journal/journal";
import { parseSettings } from "../../../stacks/settings";
import { dev } from "../../stacks/raw";
import { plan } from "../machine/world";

const TARGET: Target = { app: "myapp", canary: "canary" };
const KEY = "myapp/canary";

describe("a new image in the registry", () => {
  let folder: string;
  let server: Server;
  let tags: string[];
  /** The repository, with its registry. */
  let from: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "canary-image-"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: canary-traffic\n");
    mkdirSync(join(folder, ".canary"));
    tags = ["1.0.0", "1.1.0", "1.2.0", "2.0.0"];
    server = createServer((_, response) => response.end(JSON.stringify({ tags })));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    from = `127.0.0.1:${(server.address() as AddressInfo).port}/myapp`;
    file("1.0.0", "1.1.0");
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const stackFile = (): string => join(folder, "Pulumi.dev.yaml");
  const text = (image: string, canaryImage: string): string => `config:
  # What users get.
  canary-traffic:apps:
    myapp:
      image: ${from}:${image}
      canaryImage: ${from}:${canaryImage} # next
      canaryWeight: 0
`;
  const file = (image: string, canaryImage: string): void =>
    writeFileSync(stackFile(), text(image, canaryImage));

  interface Change {
    readonly image?: string;
    readonly canaryImage?: string;
    readonly canaryWeight?: number;
    readonly tag?: string;
    readonly to?: number;
    readonly targets?: [Target, ...Target[]];
  }

  const find = ({ tag = "1.x", to = 100, targets = [TARGET], ...change }: Change = {}) => {
    const { image = "1.0.0", canaryImage = "1.1.0", canaryWeight = 0 } = change;
    const settings = parseSettings(
      dev({
        apps: {
          myapp: {
            host: "myapp.example.com",
            canaryWeight,
            image: `${from}:${image}`,
            canaryImage: `${from}:${canaryImage}`,
          },
        },
      }),
    );
    const signal = new AbortController().signal;
    const files = rolloutFiles(folder, "dev");
    return findNewImage({ from, tag, to, settings, targets, files, env: { DOCKER_CONFIG: folder }, signal });
  };

  /** A stack at a weight that an update may change more of than the image. */
  function stack(weights: Weights = { [KEY]: 0 }, more: readonly string[] = []) {
    const calls: string[] = [];
    const shifter = {
      recover: async () => void calls.push("recover"),
      applied: async () => weights,
      preview: async () => more,
      update: async (edited: string, message: string) => {
        writeFileSync(stackFile(), edited);
        calls.push(message);
      },
    };
    const configuration = {
      project: "canary-traffic",
      namespace: "canary-traffic",
      stack: "dev",
      main: "index.ts",
      values: {},
      secretKeys: [],
      warnings: [],
    };
    return { calls, bring: (found: NewImage) => bringImage(found, { folder, configuration }, shifter) };
  }

  async function found(): Promise<NewImage> {
    const image = await find();
    assert.ok("image" in image);
    return image;
  }

  it("is the newest that the pattern allows, where the canary has another", async () => {
    assert.deepEqual(await find(), { target: TARGET, image: `${from}:1.2.0` });
  });

  it("is nothing new where the canary has it", async () => {
    assert.deepEqual(await find({ canaryImage: "1.2.0", canaryWeight: 100 }), {
      nothing: `nothing new: myapp/canary has ${from}:1.2.0, the newest that 1.x allows`,
    });
  });

  it("is no good news where the canary has it, and its rollout stopped on the way", async () => {
    await assert.rejects(
      find({ canaryImage: "1.2.0", canaryWeight: 25 }),
      new UserError(
        `myapp/canary: has ${from}:1.2.0, the newest that 1.x allows, but is at 25 %; allowed: canary rollout without --image-from, or canary rollback`,
      ),
    );
    assert.ok("nothing" in (await find({ canaryImage: "1.2.0", canaryWeight: 25, to: 25 })));
    assert.ok("nothing" in (await find({ canaryImage: "1.2.0", canaryWeight: 0 })));
  });

  it("is nothing new where all users have it", async () => {
    assert.deepEqual(await find({ image: "2.0.0", canaryImage: "1.2.0", tag: "2.x" }), {
      nothing: `nothing new: the primary of myapp has ${from}:2.0.0, the newest that 2.x allows`,
    });
  });

  it("goes to the stack file, where nothing else changes, and to the stack", async () => {
    const { bring, calls } = stack();
    await bring(await found());
    assert.equal(readFileSync(stackFile(), "utf8"), text("1.0.0", "1.1.0").replace("1.1.0", "1.2.0"));
    assert.deepEqual(calls, [
      "recover",
      `canary rollout, new image: myapp/canary gets ${from}:1.2.0, at 0 %`,
    ]);
  });

  it("is taken up again where it was cut off before its rollout began, and then no more", async () => {
    await stack().bring(await found());
    assert.deepEqual(await find({ canaryImage: "1.2.0" }), {
      target: TARGET,
      image: `${from}:1.2.0`,
    });
    const journal = new Journal(rolloutFiles(folder, "dev").journal);
    journal.write({ time: Date.now() + 1, type: "begun", id: "7a", plan: plan(), from: { [KEY]: 0 } });
    journal.close();
    assert.ok("nothing" in (await find({ canaryImage: "1.2.0" })));
  });

  it("is not brought by an update that would change anything else", async () => {
    const { bring } = stack(undefined, ["update kubernetes:core/v1:Service myapp"]);
    const image = await found();
    await assert.rejects(
      bring(image),
      new UserError(
        "the update would change more than the canary: update kubernetes:core/v1:Service myapp; run pulumi up first",
      ),
    );
    assert.equal(readFileSync(stackFile(), "utf8"), text("1.0.0", "1.1.0"));
  });

  it("may come with what an update that was cut off left of the canary's Deployment", async () => {
    const own = "update kubernetes:apps/v1:Deployment myapp-canary";
    await stack(undefined, [own]).bring(await found());
    assert.equal(readFileSync(stackFile(), "utf8"), text("1.0.0", "1.2.0"));
  });

  const away = "run canary promote or canary rollback first: a new image begins at 0 %";

  it("is not brought to a canary that users have, by the stack file or by the state", async () => {
    await assert.rejects(find({ canaryWeight: 25 }), new UserError(`myapp/canary: is at 25 %; ${away}`));
    const image = await found();
    await assert.rejects(stack({ [KEY]: 5 }).bring(image), new UserError(`myapp/canary: is at 5 %; ${away}`));
    assert.equal(readFileSync(stackFile(), "utf8"), text("1.0.0", "1.1.0"));
  });

  it("is for one canary", async () => {
    await assert.rejects(find({ targets: [TARGET, { app: "shop", canary: "canary" }] }), UserError);
  });

  it("is an error where no tag has the pattern", async () => {
    await assert.rejects(find({ tag: "3.x" }), new UserError(`--tag 3.x: ${from} has no such tag`));
  });
});
