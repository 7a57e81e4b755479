import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Lab } from "../../lab/client";
import { isRunning } from "../../lab/namespace";
import { labFolder } from "../../lab/state";
import { lab } from "./hooks";

describe("a lab", () => {
  it("runs beside another, and leaves no process and no file when it ends", async function () {
    if (lab().attached) this.skip();
    const name = `beside-${process.pid}`;
    const other = await Lab.up({ name, nodes: 1, edgeNodes: 0 });
    assert.deepEqual(await other.edgeAddresses(), []);
    assert.ok((await lab().edgeAddresses()).length > 0);
    const sleeper = other.spawn(["sleep", "1000"], { stdio: "ignore" });
    const ended = once(sleeper, "exit");
    await other.down();
    await ended;
    assert.equal(isRunning(sleeper.pid ?? 0), false);
    assert.equal(existsSync(labFolder(name)), false);
  });
});
