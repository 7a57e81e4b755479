import assert from "node:assert/strict";
import * as fc from "fast-check";
import { forgetSecrets, keepSecret, redacted, redactedDeep } from "../../base/secrets";

describe("what is written for people", () => {
  beforeEach(forgetSecrets);
  after(forgetSecrets);

  it("has no text that was met as a secret, in whatever encoding and wherever it begins", () =>
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40, unit: "grapheme" }).filter((text) => text.trim().length > 7),
        fc.string({ maxLength: 10 }),
        fc.string({ maxLength: 10 }),
        (text, before, after) => {
          forgetSecrets();
          if (/^[\d.]+$/.test(text)) return;
          keepSecret(text);
          assert.ok(!redacted(`a ${text} b`).includes(text));
          const whole = Buffer.from(before + text + after).toString("base64");
          assert.notEqual(redacted(whole), whole);
          assert.ok(
            !JSON.stringify(redactedDeep({ deep: [{ text }] })).includes(JSON.stringify(text).slice(1, -1)),
          );
        },
      ),
    ));

  it("has no secret of an address, and keeps what it was asked for", () => {
    assert.equal(
      redacted("https://user:pass@m.example.com/api?query=up&token=abc&X-Amz-Signature=def#top: 500"),
      "https://[secret]@m.example.com/api?query=up&token=[secret]&X-Amz-Signature=[secret]#top: 500",
    );
    assert.equal(redacted("a Bearer abcdef.ghi-jkl"), "a Bearer [secret]");
    assert.equal(redacted("key AKIAIOSFODNN7EXAMPLE"), "key [secret]");
  });

  it("is left as it is where nothing is secret, and stays the same the second time", () => {
    for (const text of ["10 % -> 25 %", "a=b & c?", "see https://example.com/a?query=up", "why?"])
      assert.equal(redacted(text), text);
    const once = redacted("http://a:b@c/?k=v");
    assert.equal(redacted(once), once);
  });

  it("takes time in proportion to the text", () => {
    const begin = performance.now();
    for (const part of ["a", "?a=", "&&&&", "http://", "Bearer ", "a:", "a@"]) redacted(part.repeat(300_000));
    assert.ok(performance.now() - begin < 5000);
  });
});
