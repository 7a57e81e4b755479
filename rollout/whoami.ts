import { hostname, userInfo } from "node:os";

/** Who decides, for people who read of it later. */
export const whoami = (): string => `${userInfo().username}@${hostname()}`;
