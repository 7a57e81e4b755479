import assert from "node:assert/strict";
import { read } from "../../status/account";
import { StatusError } from "../../status/errors";

describe("what AWS refuses", () => {
  for (const [reason, name, line] of [
    [
      "Region is missing",
      "Error",
      "AWS, groups: Region is missing; set aws:region of the stack, or AWS_REGION",
    ],
    [
      "Could not load credentials from any providers",
      "CredentialsProviderError",
      "AWS, groups: CredentialsProviderError: Could not load credentials from any providers; set AWS's usual credentials, as for pulumi up",
    ],
    [
      "AKIAABCDEFGHIJKLMNOP is not authorized",
      "AccessDenied",
      "AWS, groups: AccessDenied: [key] is not authorized",
    ],
  ] as const) {
    it(`is one line that says what to do, without keys: ${name}`, async () => {
      const refused = Promise.reject(Object.assign(new Error(reason), { name }));
      await assert.rejects(read("groups", refused), new StatusError(line));
    });
  }
});
