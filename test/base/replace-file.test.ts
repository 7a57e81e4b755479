import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replaceFile } from "../../base/replace-file";
import { UserError } from "../../base/user-error";

describe("a file that is replaced", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-replace-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps its mode, whatever the user's mask, and leaves nothing beside it", () => {
    const file = join(folder, "a");
    writeFileSync(file, "old");
    chmodSync(file, 0o664);
    const mask = process.umask(0o077);
    try {
      replaceFile(file, "new");
    } finally {
      process.umask(mask);
    }
    assert.equal(statSync(file).mode & 0o777, 0o664);
    assert.equal(readFileSync(file, "utf8"), "new");
    assert.deepEqual(readdirSync(folder), ["a"]);
  });

  it("stays a link", () => {
    writeFileSync(join(folder, "a"), "old");
    symlinkSync("a", join(folder, "link"));
    replaceFile(join(folder, "link"), "new");
    assert.ok(lstatSync(join(folder, "link")).isSymbolicLink());
    assert.equal(readFileSync(join(folder, "a"), "utf8"), "new");
  });

  it("is refused where it is a folder", () => {
    assert.throws(() => replaceFile(folder, "new"), UserError);
  });
});
