import assert from "node:assert/strict";
import { UserError } from "../../base/user-error";
import { envoyPart, type Part, parts } from "../../lab/parts";
import { checkRequirements, type Machine } from "../../lab/requirements";

describe("what a lab needs", () => {
  const machine: Machine = {
    platform: "linux",
    hasProgram: () => true,
    namespaceFailure: () => undefined,
    sysctl: () => undefined,
    lackingPython: () => undefined,
  };
  const without = (...missing: string[]): Machine => ({
    ...machine,
    hasProgram: (name) => !missing.includes(name),
  });
  const refusing = (setting: string, value: string): Machine => ({
    ...machine,
    namespaceFailure: () => "unshare: unshare failed: Operation not permitted",
    sysctl: (name) => (name === setting ? value : undefined),
  });
  const message = (on: Machine, building: readonly Part[] = parts): string => {
    try {
      checkRequirements(building, on);
    } catch (error) {
      assert.ok(error instanceof UserError);
      return error.message;
    }
    return "";
  };

  it("is there on a Linux machine with everything", () => {
    assert.equal(message(machine), "");
  });

  it("is told in one line each, with what to do and the way round it", () => {
    const cases: [Machine, RegExp][] = [
      [{ ...machine, platform: "darwin" }, /needs Linux, and this is darwin/],
      [without("go"), /no go on PATH: install Go 1\.26 or later/],
      [without("unshare"), /no unshare on PATH: install util-linux/],
      [without("nsenter"), /no nsenter on PATH: install util-linux/],
      [without("ip"), /no ip on PATH: install iproute2/],
      [without("nft"), /no nft on PATH: install nftables/],
      [
        refusing("kernel.apparmor_restrict_unprivileged_userns", "1"),
        /sudo sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/,
      ],
      [refusing("user.max_user_namespaces", "0"), /sudo sysctl -w user\.max_user_namespaces=10000/],
      [
        refusing("no.such", ""),
        /allows no user namespaces \(unshare: unshare failed: Operation not permitted\)/,
      ],
    ];
    for (const [on, expected] of cases) {
      assert.match(message(on), expected);
      assert.match(message(on), /, or set KUBECONFIG to use a cluster that you have$/);
      assert.doesNotMatch(message(on), /\n/);
    }
  });

  it("does not include Go once everything is built", () => {
    assert.equal(message(without("go"), []), "");
  });

  it("includes Python for a part of Python's alone", () => {
    const withoutPython = { ...without("go"), lackingPython: () => "no Python" };
    assert.match(message(withoutPython, [envoyPart]), /no Python/);
    assert.equal(message(without("go"), [envoyPart]), "");
    assert.match(message(withoutPython, parts), /no go on PATH/);
  });
});
