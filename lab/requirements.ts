/** What a machine needs to run a lab. */

import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { lackingPython } from "../base/python";
import { UserError } from "../base/user-error";
import { NEW_NAMESPACES } from "./namespace";
import { isPython, type Part } from "./parts";

/** What there is to know about a machine. */
export interface Machine {
  readonly platform: string;
  hasProgram(name: string): boolean;
  /** What `unshare` prints when it fails to make the lab's namespaces; undefined when it succeeds. */
  namespaceFailure(): string | undefined;
  /** Value of a kernel setting; undefined when this kernel has none of that name. */
  sysctl(name: string): string | undefined;
  /** What it lacks for a virtual environment of Python's, in one line; undefined when nothing. */
  lackingPython(): string | undefined;
}

const OTHERWISE = "or set KUBECONFIG to use a cluster that you have";

const PACKAGES: Readonly<Record<string, string>> = {
  unshare: "util-linux",
  nsenter: "util-linux",
  ip: "iproute2 (Fedora: iproute)",
  nft: "nftables",
};

/** Settings that forbid namespaces to users: name, the value that does so, and one that doesn't. */
const FORBIDDING: readonly (readonly [string, string, string])[] = [
  // Ubuntu since 23.10, https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
  ["kernel.apparmor_restrict_unprivileged_userns", "1", "0"],
  // Debian before 11 and kernels patched as its were.
  ["kernel.unprivileged_userns_clone", "0", "1"],
  ["user.max_user_namespaces", "0", "10000"],
];

/**
 * Checks that a lab can run here.
 *
 * @param building the parts that are still to be built
 * @throws UserError that names what to install or to set
 */
export function checkRequirements(building: readonly Part[], machine: Machine = thisMachine): void {
  const problem = missingRequirement(building, machine);
  if (problem !== undefined) throw new UserError(`lab: ${problem}, ${OTHERWISE}`);
}

function missingRequirement(building: readonly Part[], machine: Machine): string | undefined {
  if (machine.platform !== "linux")
    return `needs Linux, and this is ${machine.platform}: use a Linux machine`;
  if (building.some((part) => !isPython(part)) && !machine.hasProgram("go"))
    return "no go on PATH: install Go 1.26 or later (https://go.dev/dl)";
  const python = building.some(isPython) ? machine.lackingPython() : undefined;
  if (python !== undefined) return python;
  for (const [program, name] of Object.entries(PACKAGES)) {
    if (!machine.hasProgram(program)) return `no ${program} on PATH: install ${name}`;
  }
  const failure = machine.namespaceFailure();
  if (failure === undefined) return undefined;
  const forbidding = FORBIDDING.find(([name, value]) => machine.sysctl(name) === value);
  if (forbidding === undefined) return `this machine allows no user namespaces (${failure})`;
  const [name, value, allowing] = forbidding;
  return `${name} is ${value}, which allows no user namespaces: run \`sudo sysctl -w ${name}=${allowing}\``;
}

/** A PATH on which Debian's users, too, find what is usually root's, such as nft. */
export const searched = (): string => [process.env.PATH ?? "", "/usr/sbin", "/sbin"].join(delimiter);

const thisMachine: Machine = {
  platform: process.platform,
  lackingPython,
  hasProgram(name) {
    return searched()
      .split(delimiter)
      .some((folder) => isExecutable(join(folder, name)));
  },
  namespaceFailure() {
    const { status, stderr, error } = spawnSync("unshare", [...NEW_NAMESPACES, "true"], { encoding: "utf8" });
    return status === 0 ? undefined : (error?.message ?? stderr.trim());
  },
  sysctl(name) {
    try {
      return readFileSync(join("/proc/sys", name.replaceAll(".", "/")), "utf8").trim();
    } catch {
      return undefined;
    }
  },
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
