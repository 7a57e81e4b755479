import { hostname, userInfo } from "node:os";

/** Who decides, for people who read of it later. */
export const whoami = (): string => `${user()}@${hostname()}`;

function user(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may be a number that the system has no name for.
    return process.env.USER || String(process.getuid?.());
  }
}
