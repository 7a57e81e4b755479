/**
 * Tags of a repository, by the API that all registries have:
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-tags
 */
import { limitedText, TooLongError } from "../../base/limited-text";
import type { RegistryCredentials } from "./credentials";
import { isLoopback, type Repository } from "./repository";

/** A registry that does not answer with tags, in one line without tokens or passwords. */
export class RegistryError extends Error {}

const TIMEOUT_MS = 10_000;
const PAGE = 1000;
/** Beyond these a registry answers in circles. */
const [MOST_PAGES, MOST_TAGS] = [1000, 200_000];

/** @throws RegistryError */
export async function tagsOf(
  repository: Repository,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const registry = new Registry(repository, credentials, signal);
  const tags: string[] = [];
  let page: URL | undefined = new URL(`${repository.origin}/v2/${repository.name}/tags/list?n=${PAGE}`);
  for (let i = 0; page !== undefined; i++) {
    if (i === MOST_PAGES) throw registry.error("has no end of pages");
    const answer: Response = await registry.get(page);
    const { tags: some } = ((await registry.json(answer)) ?? {}) as { tags?: unknown };
    if (some !== null && !isTexts(some)) throw registry.error("answers with no list of tags");
    for (const tag of some ?? []) tags.push(tag);
    if (tags.length > MOST_TAGS) throw registry.error(`has more than ${MOST_TAGS} tags`);
    page = registry.next(answer, page);
  }
  return tags;
}

class Registry {
  private authorization: string | undefined;

  constructor(
    private readonly repository: Repository,
    private readonly credentials: RegistryCredentials | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /** What it answers, once it knows who asks: tokens are fetched as the registry says, and anew when they end. */
  async get(url: URL): Promise<Response> {
    const first = await this.ask(url, this.authorization);
    if (first.status !== 401) return this.ok(first);
    this.authorization = await this.authorize(first.headers.get("www-authenticate") ?? "");
    return this.ok(await this.ask(url, this.authorization));
  }

  /** The next page: `Link: </v2/...>; rel="next"`. */
  next(answer: Response, page: URL): URL | undefined {
    const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(answer.headers.get("link") ?? "") ?? [];
    if (target === undefined) return undefined;
    const url = URL.canParse(target, page) ? new URL(target, page) : undefined;
    if (url?.origin !== page.origin) throw this.error("has its next page elsewhere");
    return url;
  }

  /** What is in an answer; undefined if it is no JSON. */
  async json(answer: Response): Promise<unknown> {
    try {
      return JSON.parse(await limitedText(answer));
    } catch (error) {
      if (error instanceof TooLongError) throw this.error(error.message);
      return undefined;
    }
  }

  error(what: string): RegistryError {
    return new RegistryError(`${this.repository.host}/${this.repository.name}: the registry ${what}`);
  }

  /** https://distribution.github.io/distribution/spec/auth/token/ */
  private async authorize(challenge: string): Promise<string> {
    const basic =
      this.credentials &&
      `Basic ${Buffer.from(`${this.credentials.username}:${this.credentials.password}`).toString("base64")}`;
    if (/^basic\b/i.test(challenge)) {
      if (basic === undefined) throw this.error(NEEDS_LOGIN);
      return basic;
    }
    const wanted = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value]) => [key.toLowerCase(), value]),
    );
    const { realm = "", service } = wanted;
    if (!/^bearer\b/i.test(challenge) || !URL.canParse(realm)) throw this.error("does not say how to log in");
    const url = new URL(realm);
    // Whoever listens in on the way would get the password.
    if (url.protocol !== "https:" && !isLoopback(url.host)) throw this.error("gives tokens without TLS");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", `repository:${this.repository.name}:pull`);
    const answer = await this.ask(url, basic);
    const { token, access_token } = ((await this.json(answer)) ?? {}) as Record<string, unknown>;
    const given = token ?? access_token;
    if (!answer.ok || typeof given !== "string") {
      throw this.error(
        basic === undefined
          ? NEEDS_LOGIN
          : `refuses these credentials: its tokens' server answers with status ${answer.status}`,
      );
    }
    return `Bearer ${given}`;
  }

  private ok(answer: Response): Response {
    if (answer.ok) return answer;
    if (answer.status === 404) throw this.error("has no such repository");
    if (answer.status === 401 || answer.status === 403)
      throw this.error(
        this.credentials === undefined ? NEEDS_LOGIN : "does not let these credentials read it",
      );
    throw this.error(`answers with status ${answer.status}`);
  }

  private async ask(url: URL, authorization: string | undefined): Promise<Response> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await fetch(url, {
        headers: { accept: "application/json", ...(authorization !== undefined && { authorization }) },
        redirect: "manual",
        signal: AbortSignal.any([this.signal, timeout]),
      });
    } catch {
      this.signal.throwIfAborted();
      const why = timeout.aborted ? `does not answer within ${TIMEOUT_MS / 1000} s` : "can't be reached";
      throw this.error(`${why}: ${url.origin}`);
    }
  }
}

const NEEDS_LOGIN =
  "wants a login, or has no such repository; allowed: CANARY_REGISTRY_USERNAME and CANARY_REGISTRY_PASSWORD, or docker login";

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
