import assert from "node:assert/strict";
import { resolve } from "node:path";
import { lab } from "./hooks";
import { applyDev } from "./providers";
import { rendered } from "./rendered";

const CANARY = resolve(__dirname, "../../bin/canary.js");

describe("canary status, asked of the cluster", () => {
  const status = (...words: string[]) => lab().exec([process.execPath, CANARY, "status", ...words]);
  const weight = (percent: number) => ["apps.myapp.canaryWeight", percent].join("=");

  beforeEach(() => applyDev(lab()));

  after(() => applyDev(lab()));

  it("reads the weights back from the routing objects, and exits 1 where they are not as asked", async () => {
    const same = await status();
    assert.equal(same.code, 0, same.stdout + same.stderr);
    assert.match(same.stdout, /myapp +canary +\S+ +traefik +10 % +10 % +10 %/);

    await lab().apply(await rendered("dev", [weight(25)]));
    const shifted = await status("--json");
    assert.equal(shifted.code, 1);
    const { weights } = JSON.parse(shifted.stdout);
    assert.deepEqual(
      weights.map(({ variant, asked, observed }: Record<string, unknown>) => [variant, asked, observed]),
      [
        ["primary", 90, 75],
        ["canary", 10, 25],
      ],
    );
    const asked = await status("-c", weight(25), "--config-path");
    assert.equal(asked.code, 0, asked.stdout + asked.stderr);
  });

  it("tells of a routing object that is gone", async () => {
    const [object] = (await rendered("dev")).filter(({ kind }) => kind === "TraefikService");
    assert.ok(object !== undefined);
    await lab().cluster.delete(object);
    const { code, stdout } = await status();
    assert.equal(code, 1);
    assert.match(stdout, /TraefikService myapp +there +missing !/);
    assert.match(stdout, /myapp +canary +\S+ +traefik +10 % +10 % +none !/);
  });
});
