import assert from "node:assert/strict";
import { AddressPool } from "../../lab/network";

describe("addresses of pods", () => {
  it("come in order, so that one that was given back stays unused for long", () => {
    const pool = new AddressPool("10.77.0.0/16");
    assert.equal(pool.take(), "10.77.0.1");
    pool.release("10.77.0.1");
    assert.equal(pool.take(), "10.77.0.2");
  });

  it("start again at the end of the range and leave out those in use", () => {
    const pool = new AddressPool("10.0.0.0/30");
    pool.keep("10.0.0.1");
    assert.equal(pool.take(), "10.0.0.2");
    assert.throws(() => pool.take(), /no address is left in 10\.0\.0\.0\/30/);
    pool.release("10.0.0.1");
    assert.equal(pool.take(), "10.0.0.1");
  });
});
