import assert from "node:assert/strict";
import { moved, said, side } from "../graphs";

const check = (from: string, to: string, other?: string): string[] => {
  const { changes, ...rest } = moved(side(from, {}), side(to, {}));
  const more = other === undefined ? [] : [{ app: "shop", after: side(other, {}) }];
  return said("host-kept", { ...rest, changes: { ...changes, apps: [...changes.apps, ...more] } });
};

describe("policy host-kept", () => {
  it("is broken when the host of an app becomes another one", () => {
    assert.deepEqual(check("a.example.com", "b.example.com"), [
      "users of a.example.com lose their route, myapp is at b.example.com alone",
    ]);
  });

  it("is broken when the app goes", () => {
    const { changes, ...rest } = moved(side("a.example.com", {}), side("a.example.com", {}));
    const gone = changes.apps.map(({ app, before }) => ({ app, ...(before && { before }) }));
    assert.deepEqual(said("host-kept", { ...rest, changes: { ...changes, apps: gone } }), [
      "users of a.example.com lose their route",
    ]);
  });

  it("holds when the host stays, or another app takes it", () => {
    assert.deepEqual(check("a.example.com", "a.example.com"), []);
    assert.deepEqual(check("a.example.com", "b.example.com", "a.example.com"), []);
  });
});
