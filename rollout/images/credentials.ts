/** Who one is to a registry: by environment variables, or as `docker login` left it. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../base/user-error";

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** Parts of Docker's settings: https://docs.docker.com/reference/cli/docker/login/#credential-stores */
interface DockerSettings {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const VARIABLES = ["CANARY_REGISTRY_USERNAME", "CANARY_REGISTRY_PASSWORD"] as const;
const BOTH = VARIABLES.join(" and ");
/** By this name Docker keeps what Docker Hub wants. */
const HUB = "index.docker.io";

/**
 * The credentials for a registry; undefined if there are none, as for a public image.
 *
 * @throws UserError if they are in a program that only Docker runs
 */
export function credentialsFor(host: string, env: NodeJS.ProcessEnv): RegistryCredentials | undefined {
  const [username, password] = VARIABLES.map((name) => env[name] ?? "");
  if (username && password) return { username, password };
  if (username || password) throw new UserError(`${BOTH}: one of them is not set; allowed: both, or none`);
  const file = join(env.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
  return filed(host === "docker.io" ? HUB : host, dockerSettings(file), file);
}

function filed(host: string, settings: DockerSettings, file: string): RegistryCredentials | undefined {
  const { auths = {}, credHelpers = {}, credsStore } = settings;
  const entry = Object.entries(auths).find(([key]) => hostOf(key) === host)?.[1];
  const helper = credHelpers[host] ?? (entry === undefined ? undefined : credsStore);
  if (helper !== undefined) {
    throw new UserError(
      `${file}: docker-credential-${helper} has the password for ${host}; allowed: ${BOTH}`,
    );
  }
  if (entry?.identitytoken !== undefined)
    throw new UserError(`${file}: has an identity token for ${host}, no password; allowed: ${BOTH}`);
  if (entry?.auth === undefined) return undefined;
  const [username = "", ...password] = Buffer.from(entry.auth, "base64").toString().split(":");
  return { username, password: password.join(":") };
}

/** Docker's keys are hosts, or addresses of them. */
const hostOf = (key: string): string | undefined => key.replace(/^https?:\/\//, "").split("/")[0];

function dockerSettings(file: string): DockerSettings {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DockerSettings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new UserError(`${file}: can't be read as JSON; docker login writes it anew`);
  }
}
