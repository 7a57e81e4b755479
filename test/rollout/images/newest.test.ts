import assert from "node:assert/strict";
import { UserError } from "../../../base/user-error";
import { newest } from "../../../rollout/images/newest";
import { isSameImage, repositoryOf } from "../../../rollout/images/repository";

const TAGS = [
  ...["latest", "main", "1.2", "1.9.0", "1.10.0", "v1.11.0", "1.12.0-rc.1", "2.0.0", "1.10.0-alpine"],
  ...["main-9", "main-10", "main-1e4f", "main-a1b2c3d-1699999999", "main-f00ba47-1700000000"],
  ...["2026-09-30.2", "2026-11-02", "2026-11-02.1", "1.9-alpine", "1.10-alpine"],
];

describe("the newest tag of a repository", () => {
  for (const [pattern, expected, why] of [
    ["1.x", "v1.11.0", "is the highest version in a range, by number and not by letter, with a v or without"],
    ["*", "2.0.0", "is the highest version of all"],
    ["1.10.0", "1.10.0", "may be the only one that is allowed"],
    [">=1.12.0-0 <2", "1.12.0-rc.1", "is before a release only where the range says so"],
    ["3.x", undefined, "is none where none is in the range"],
    ["main-*", "main-10", "is the one with the highest number, and a hash is none"],
    ["main-*-*", "main-f00ba47-1700000000", "goes by the last number, whatever is before it"],
    ["2026-*", "2026-11-02.1", "may be made of dates, and of several on one day"],
    ["1.*-alpine", "1.10.0-alpine", "may have an ending"],
    ["release-*", undefined, "is none where no tag has the pattern"],
  ] as const) {
    it(`${why}: ${pattern}`, () => assert.equal(newest(pattern)(TAGS), expected));
  }

  for (const pattern of ["latest", "", "1.x-alpine", "main-[0-9]*", "sha256:*"]) {
    it(`can't be told by ${JSON.stringify(pattern)}`, () => assert.throws(() => newest(pattern), UserError));
  }
});

describe("a repository's name", () => {
  for (const [written, host, name, origin] of [
    ["nginx", "docker.io", "library/nginx", "https://registry-1.docker.io"],
    ["acme/shop", "docker.io", "acme/shop", "https://registry-1.docker.io"],
    ["docker.io/acme/shop", "docker.io", "acme/shop", "https://registry-1.docker.io"],
    ["ghcr.io/acme/shop/web", "ghcr.io", "acme/shop/web", "https://ghcr.io"],
    ["localhost:5000/shop", "localhost:5000", "shop", "http://localhost:5000"],
    ["localhost.example.com/shop", "localhost.example.com", "shop", "https://localhost.example.com"],
  ] as const) {
    it(`says where it is: ${written}`, () => {
      assert.deepEqual(repositoryOf(written), { written, host, name, origin });
    });
  }

  for (const written of [
    "shop:1.2.0",
    "ghcr.io/acme/shop@sha256:00",
    "https://ghcr.io/acme/shop",
    "Shop",
    "a b",
    "",
  ]) {
    it(`is none: ${JSON.stringify(written)}`, () => assert.throws(() => repositoryOf(written), UserError));
  }

  it("has several spellings, and a digest beside the tag changes nothing", () => {
    assert.ok(isSameImage("nginx:1.2.0", "docker.io/library/nginx:1.2.0@sha256:00"));
    assert.ok(isSameImage("localhost:5000/shop:1", "localhost:5000/shop:1"));
    assert.ok(!isSameImage("shop:1.2.0", "shop:1.2.1"));
    assert.ok(!isSameImage("ghcr.io/acme/shop:1", "acme/shop:1"));
  });

  it("takes no longer for a tag that was made to keep it busy", () => {
    const begun = performance.now();
    const tags = [`main-${"1".repeat(120)}x`, `main-${"1-".repeat(60)}`, "1".repeat(100_000), "main-7"];
    assert.equal(newest("main-*")(tags), "main-7");
    assert.equal(newest("m*a*i*n*-*-*-*")([`m${"ain-".repeat(30)}x`, "main-1-2-3"]), "main-1-2-3");
    assert.ok(performance.now() - begun < 10_000);
  });
});
