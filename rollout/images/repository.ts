/** Names of repositories in registries, read as Docker reads them. */
import { UserError } from "../../base/user-error";

export interface Repository {
  /** As it was written, without a tag. */
  readonly written: string;
  /** As Docker's settings name the registry: `docker.io`, `ghcr.io`, `localhost:5000`. */
  readonly host: string;
  /** In the registry, such as `library/nginx`. */
  readonly name: string;
  /** Where its API is. */
  readonly origin: string;
}

const DOCKER_HUB = "docker.io";
/** https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests */
const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const HOST = /^[a-z0-9.-]+(:\d+)?$/i;

/** @throws UserError */
export function repositoryOf(written: string): Repository {
  const { host, name } = located(written);
  if (!HOST.test(host) || !NAME.test(name)) {
    // An address may hold a password.
    const shown = /:[^/]*@|:\/\//.test(written) ? "[secret]" : written;
    throw new UserError(
      `--image-from ${shown}: allowed: a repository such as ghcr.io/acme/shop, without a tag or digest`,
    );
  }
  const server = host === DOCKER_HUB ? "registry-1.docker.io" : host;
  return { written, host, name, origin: `${isLoopback(host) ? "http" : "https"}://${server}` };
}

/** Without a registry's name first it is on Docker Hub, where what has no owner is Docker's own. */
function located(repository: string): Pick<Repository, "host" | "name"> {
  const [first = "", ...rest] = repository.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const host = hasHost ? first : DOCKER_HUB;
  const path = hasHost ? rest.join("/") : repository;
  return { host, name: host === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path };
}

/** Whether the registry is on this machine, where Docker takes HTTP, too. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3})(:\d+)?$/.test(host);

/** Whether two images are of one repository and have one tag, whatever digest is beside it. */
export const isSameImage = (a: string, b: string): boolean => spelledOut(a) === spelledOut(b);

function spelledOut(image: string): string {
  const [, repository = "", tag = "latest"] = /^(.+?)(?::([^:/@]+))?(?:@.+)?$/.exec(image) ?? [];
  const { host, name } = located(repository);
  return `${host}/${name}:${tag}`;
}
