import assert from "node:assert/strict";
import { answer } from "../../lab/dns/dns";

/** A query for the one name, of type A or AAAA. */
function query(name: string, type: number): Buffer {
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([
    Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.from([0, 0, type, 0, 1]),
  ]);
}

const addressOf = (name: string): string | undefined =>
  name === "myapp.shop.svc.cluster.local" ? "10.96.3.4" : undefined;
const answered = (name: string, type: number) => {
  const response = answer(query(name, type), addressOf);
  return {
    id: response.readUInt16BE(0),
    code: response.readUInt8(3) & 15,
    records: response.readUInt16BE(6),
    response,
  };
};

describe("the DNS of a lab", () => {
  it("gives a Service's address, whatever the case of its name", () => {
    const { id, code, records, response } = answered("MyApp.shop.svc.cluster.local", 1);
    assert.deepEqual([id, code, records], [0x1234, 0, 1]);
    assert.deepEqual([...response.subarray(-4)], [10, 96, 3, 4]);
  });

  it("tells a name without an IPv6 address from one that isn't there", () => {
    const { code, records } = answered("myapp.shop.svc.cluster.local", 28);
    assert.deepEqual([code, records], [0, 0]);
    assert.equal(answered("other.shop.svc.cluster.local", 1).code, 3);
  });
});
