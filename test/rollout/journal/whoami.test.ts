import assert from "node:assert/strict";
import os from "node:os";
import { mock } from "node:test";
import { whoami } from "../../../rollout/journal/whoami";

describe("who decides", () => {
  const user = process.env.USER;

  afterEach(() => {
    mock.restoreAll();
    if (user === undefined) delete process.env.USER;
    else process.env.USER = user;
  });

  it("is the user on this machine", () =>
    assert.equal(whoami(), `${os.userInfo().username}@${os.hostname()}`));

  it("is told even where the system has no name for the user, as in a container with a user id of its own", () => {
    mock.method(os, "userInfo", () => {
      throw new Error("uv_os_get_passwd returned ENOENT");
    });
    process.env.USER = "ann";
    assert.equal(whoami(), `ann@${os.hostname()}`);
    delete process.env.USER;
    assert.equal(whoami(), `${process.getuid?.()}@${os.hostname()}`);
  });
});
