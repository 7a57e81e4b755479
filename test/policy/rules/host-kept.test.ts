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

  it("is broken when a path or one of several host names goes, or becomes narrower", () => {
    const lost = (from: string, to: string): boolean => check(from, to).length > 0;
    for (const [from, to] of [
      ["a.example.com/api", "a.example.com/v2"],
      ["a.example.com", "a.example.com/api"],
      ["a.example.com/api", "a.example.com/api (exact)"],
      ["a.example.com/api", "a.example.com/api/v2"],
      ["a.example.com/api", "a.example.com/ap"],
      ["a.example.com, b.example.com", "a.example.com"],
      ["*.example.com", "a.example.com"],
    ] as const) {
      assert.ok(lost(from, to), `${from} -> ${to}`);
      assert.ok(!lost(from, from), from);
    }
    for (const [from, to] of [
      ["a.example.com/api", "a.example.com"],
      ["a.example.com/api/v2", "a.example.com/api"],
      ["a.example.com/api (exact)", "a.example.com/api"],
      ["a.example.com/api", "*.example.com/api"],
      ["a.example.com", "b.example.com, a.example.com"],
    ] as const)
      assert.ok(!lost(from, to), `${from} -> ${to}`);
    assert.ok(lost("a.b.example.com", "*.example.com"));
  });

  it("holds when the host stays", () => {
    assert.deepEqual(check("a.example.com", "a.example.com"), []);
    assert.deepEqual(check("a.example.com", "a.example.com", "b.example.com"), []);
  });

  it("is broken when another app takes the host, or a part of it", () => {
    for (const [from, to, other, taken] of [
      ["a.example.com", "b.example.com", "a.example.com", "a.example.com"],
      ["a.example.com", "a.example.com", "a.example.com/api", "a.example.com/api"],
      ["*.example.com", "*.example.com", "a.example.com", "a.example.com"],
      ["a.example.com/api", "a.example.com/v2", "a.example.com", "a.example.com/api"],
    ] as const)
      assert.deepEqual(check(from, to, other), [`users of ${taken} get shop in place of myapp`], other);
    assert.deepEqual(check("a.example.com/api", "a.example.com/api", "a.example.com"), []);
  });

  it("takes no longer than it has to where there are thousands of addresses", () => {
    const many = (start: number): string =>
      Array.from({ length: 20_000 }, (_, i) => `h${i + start}.example.com`).join(", ");
    const begun = performance.now();
    assert.equal(check(many(0), many(10_000)).length, 10_000);
    assert.ok(performance.now() - begun < 10_000);
  });
});
